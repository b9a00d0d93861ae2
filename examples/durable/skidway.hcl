# Accepted means on disk: what came in survives kill -9 and a power cut, and a collector that is away for a week.

variable "listen" {
  type    = string
  default = "127.0.0.1:8080"
}

variable "dir" {
  type        = string
  description = "the folder of the spool and of the archive"
  default     = "/tmp/skidway-durable"
}

variable "endpoint" {
  type    = string
  default = "http://127.0.0.1:9200/ingest"
}

router {
  data_dir = "${var.dir}/data"

  # These are the defaults on a filesystem of 40GiB or more.
  spool {
    max_bytes = "8GiB"
    min_free  = "5%"
    sync      = "batch"
  }
}

source "tcp" "app" {
  listen = var.listen
}

# Each record is in this file exactly once, whatever is killed when.
destination "file" "archive" {
  path = "${var.dir}/archive.log"

  backlog {
    max_bytes = "2GiB"
  }
}

# The collector's records wait on disk while it is away, and what it refuses is kept with its reason.
destination "http" "collector" {
  endpoint = var.endpoint

  backlog {
    max_bytes = "4GiB"
    max_age   = "7d"
  }
}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.file.archive, destination.http.collector]
}
