# Records in HTTP requests into a file. A request is answered when its records are accepted.

variable "listen" {
  type    = string
  default = "127.0.0.1:8081"
}

variable "path" {
  type        = string
  description = "the file"
  default     = "/tmp/skidway-http-intake/app.log"
}

source "http" "app" {
  listen       = var.listen
  path         = "/ingest"
  bearer_token = env("INTAKE_TOKEN")
}

destination "file" "app" {
  path = var.path

  batch {
    max_age = "1s"
  }
}

pipeline "main" {
  from = [source.http.app]
  to   = [destination.file.app]
}
