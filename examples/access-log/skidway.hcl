# An access log in nginx's combined format becomes JSON, with numbers for numbers and a time that sorts.

variable "listen" {
  type    = string
  default = "127.0.0.1:8080"
}

variable "dir" {
  type        = string
  description = "the folder of the output"
  default     = "/tmp/skidway-access"
}

source "tcp" "nginx" {
  listen = var.listen
}

destination "file" "access" {
  path = "${var.dir}/access.ndjson"
}

destination "file" "unread" {
  path = "${var.dir}/unread.log"
}

pipeline "main" {
  from = [source.tcp.nginx]

  transform "parse" {
    format      = "regex"
    regex       = "^(?P<client>\\S+) \\S+ (?P<user>\\S+) \\[(?P<time>[^\\]]+)\\] \"(?P<method>[A-Z]+) (?P<path>\\S+) (?P<protocol>[^\"]+)\" (?P<status>\\d{3}) (?P<bytes>\\d+|-) \"(?P<referer>[^\"]*)\" \"(?P<agent>[^\"]*)\"$"
    keep_source = false
  }
  transform "parse" {
    when   = record.status != null
    field  = record.time
    format = "timestamp"
    layout = "02/Jan/2006:15:04:05 -0700"
  }
  transform "set" {
    when = record.status != null
    fields = {
      status = tonumber(record.status)
      bytes  = try(tonumber(record.bytes), 0)
    }
  }
  transform "drop" {
    when = record.path == "/healthz" && record.status < 400
  }

  route "read" {
    when = record.status != null
    to   = [destination.file.access]
  }
  otherwise {
    to = [destination.file.unread]
  }
}
