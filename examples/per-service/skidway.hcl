# Each service has a file of its own, named by the records.

variable "listen" {
  type    = string
  default = "127.0.0.1:8080"
}

variable "dir" {
  type        = string
  description = "the folder of the files and of the spool"
  default     = "/tmp/skidway-services"
}

router {
  data_dir = "${var.dir}/data"
}

source "tcp" "app" {
  listen = var.listen
}

destination "file" "services" {
  base_dir      = "${var.dir}/logs"
  path          = "${record.service}/${formatdate("YYYY-MM-DD", meta.received_at)}.log"
  fallback_path = "unknown.log"

  rotate {
    max_bytes = "100MiB"
    keep      = 5
    compress  = "zstd"
  }
}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.file.services]
}
