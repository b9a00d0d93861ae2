# All errors are kept, and one in ten of the other traces: each trace whole or not at all.

variable "listen" {
  type    = string
  default = "127.0.0.1:8080"
}

variable "dir" {
  type        = string
  description = "the folder of the output"
  default     = "/tmp/skidway-sampling"
}

source "tcp" "app" {
  listen = var.listen
}

destination "file" "kept" {
  path = "${var.dir}/kept.log"
}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.file.kept]

  transform "sample" {
    when  = record.level != "error"
    ratio = 0.1
    key   = record.trace_id
  }
}
