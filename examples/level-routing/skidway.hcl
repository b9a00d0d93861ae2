# Errors go to the collector and to the archive, health checks nowhere, everything else to the archive.

variable "listen" {
  type    = string
  default = "127.0.0.1:8080"
}

variable "dir" {
  type        = string
  description = "the folder of the archive"
  default     = "/tmp/skidway-levels"
}

variable "endpoint" {
  type    = string
  default = "http://127.0.0.1:9200/ingest"
}

locals {
  common = { env = "prod", region = "eu-west-1" }
}

source "tcp" "app" {
  listen = var.listen
}

destination "http" "collector" {
  endpoint = var.endpoint

  backlog {
    when_full = "drop_oldest"
  }
}

destination "file" "archive" {
  path = "${var.dir}/archive.log"
}

pipeline "main" {
  from = [source.tcp.app]

  transform "drop" {
    when = record.level == "debug" || startswith(record.path, "/healthz")
  }
  transform "set" {
    fields = merge(local.common, { level = lower(record.level) })
  }

  route "errors" {
    when = contains(["error", "fatal"], record.level) || record.status >= 500
    to   = [destination.http.collector, destination.file.archive]
  }
  otherwise {
    to = [destination.file.archive]
  }
}
