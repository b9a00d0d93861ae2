# Apache's access log: a file for each user, requests of the probe nowhere, and the time of the request in parts.

variable "listen" {
  type    = string
  default = "127.0.0.1:8080"
}

variable "dir" {
  type        = string
  description = "the folder of the files"
  default     = "/tmp/skidway-from-syslog-ng"
}

source "tcp" "apache" {
  listen = var.listen
}

destination "file" "users" {
  base_dir      = var.dir
  path          = "${record.user}.log"
  fallback_path = "nouser.log"
}

pipeline "main" {
  from = [source.tcp.apache]
  to   = [destination.file.users]

  transform "parse" {
    format      = "regex"
    regex       = "^(?P<client>\\S+) (?P<ident>\\S+) (?:\"\"|(?P<user>\\S+)) \\[(?P<time>[^\\]]*)\\] \"(?P<request>(?:[^\"\\\\]|\\\\.)*)\" (?P<status>\\S+) (?P<bytes>\\S+) \"(?P<referer>[^\"]*)\" \"(?P<agent>(?:[^\"\\\\]|\\\\.)*)\" (?P<seconds>\\S+) (?P<server>\\S+)$"
    keep_source = false
  }
  transform "drop" {
    when = record.agent == "probe"
  }
  transform "parse" {
    field  = record.time
    format = "regex"
    regex  = "^(?P<day>[^/]+)/(?P<month>[^/]+)/(?P<year>[^:]+):(?P<hour>[^:]+):(?P<min>[^:]+):(?P<sec>[^ ]+) (?P<zone>.+)$"
    into   = record.when
  }
}
