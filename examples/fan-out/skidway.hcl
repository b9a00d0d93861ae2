# One source, two destinations: an archive that gets every record, and a search index that may miss some but never
# slows the archive down.

variable "listen" {
  type    = string
  default = "127.0.0.1:8080"
}

variable "dir" {
  type        = string
  description = "the folder of the files"
  default     = "/tmp/skidway-fan-out"
}

variable "endpoint" {
  type    = string
  default = "http://127.0.0.1:9200/ingest"
}

source "tcp" "app" {
  listen = var.listen
}

# The archive's backlog blocks, which is the default: when it is full, the senders wait.
destination "file" "archive" {
  path = "${var.dir}/archive.log"

  backlog {
    max_bytes = "32MiB"
  }
}

destination "http" "search" {
  endpoint = var.endpoint

  backlog {
    max_bytes = "8MiB"
    when_full = "drop_oldest"
  }

  # What the index refuses for good is set aside, with its reason.
  dead_letter {
    to = destination.file.rejected
  }
}

destination "file" "rejected" {
  path = "${var.dir}/rejected.log"

  backlog {
    max_bytes = "8MiB"
  }
}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.file.archive, destination.http.search]
}
