# Lines from TCP into a file that is rotated and compressed.

variable "listen" {
  type    = string
  default = "127.0.0.1:8080"
}

variable "path" {
  type        = string
  description = "the file that is written now; rotated ones lie beside it"
  default     = "/tmp/skidway-to-file/app.log"
}

variable "max_bytes" {
  type    = string
  default = "10MiB"
}

variable "keep" {
  type        = number
  description = "how many rotated files stay"
  default     = 7
}

source "tcp" "app" {
  listen = var.listen
}

destination "file" "app" {
  path = var.path

  rotate {
    max_bytes = var.max_bytes
    max_age   = "1d"
    keep      = var.keep
    compress  = "gzip"
  }
}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.file.app]
}
