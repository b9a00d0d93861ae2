# Lines from TCP to an HTTP collector, as gzipped NDJSON. The secrets come from the environment.

variable "listen" {
  type    = string
  default = "127.0.0.1:8080"
}

variable "endpoint" {
  type    = string
  default = "http://127.0.0.1:9000/ingest"
}

source "tcp" "app" {
  listen = var.listen
}

destination "http" "collector" {
  endpoint     = var.endpoint
  format       = "ndjson"
  compress     = "gzip"
  bearer_token = env("COLLECTOR_TOKEN")

  headers = {
    X-Tenant = env("COLLECTOR_TENANT", "demo")
  }
}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.http.collector]
}
