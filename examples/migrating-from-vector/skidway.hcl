# Apache's access log: every request to a day's file of the archive, one in fifty to the search cluster.

variable "listen" {
  type    = string
  default = "127.0.0.1:8080"
}

variable "dir" {
  type        = string
  description = "the folder of the archive"
  default     = "/tmp/skidway-from-vector"
}

variable "endpoint" {
  type        = string
  description = "where the search cluster takes records"
  default     = "http://127.0.0.1:9200/ingest"
}

source "tcp" "apache" {
  listen = var.listen
}

destination "file" "archive" {
  base_dir = var.dir

  # The day of the request, or that of its arrival where the line does not say it.
  path = "date=${formatdate("YYYY-MM-DD", coalesce(try(parsetime("RFC3339", record.timestamp), null), meta.received_at))}.ndjson"

  rotate {
    max_bytes = "10MB"
    compress  = "gzip"
  }
}

destination "http" "search" {
  endpoint = var.endpoint

  backlog {
    when_full = "drop_oldest"
  }
}

pipeline "requests" {
  from = [source.tcp.apache]
  to   = [destination.file.archive, pipeline.sampled]

  transform "parse" {
    format      = "regex"
    regex       = "^(?:-|(?P<host>\\S+)) (?:-|(?P<identity>\\S+)) (?:-|(?P<user>\\S+)) \\[(?P<timestamp>[^\\]]+)\\] \"(?P<message>(?P<method>\\w+) (?P<path>\\S+) (?P<protocol>[^\" ]+))\" (?:-|(?P<status>\\d+)) (?:-|(?P<size>\\d+))$"
    keep_source = false
  }
  transform "parse" {
    field  = record.timestamp
    format = "timestamp"
    layout = "02/Jan/2006:15:04:05 -0700"
  }
  transform "set" {
    fields = { status = tonumber(record.status), size = tonumber(record.size) }
  }
}

pipeline "sampled" {
  to = [destination.http.search]

  transform "sample" {
    ratio = 1 / 50
  }
}
