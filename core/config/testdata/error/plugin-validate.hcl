source "tcp" "app" {}
destination "http" "c" {
  endpoint = "https://loki.example/loki/api/v1/push"
  format   = "ndjson" # ERROR: The endpoint is Loki's and the format is not.
  headers = {
    Accept = "*/*"
    Host   = "loki.example" # ERROR: The Host header can't be set.
  }
}
destination "http" "no_format" { # ERROR: The endpoint is Loki's and the format is not.
  endpoint = "https://loki.example/loki/api/v1/push"
}
destination "kitchen" "k" {
  topic = "t"
  target {
    url     = "https://a.example"
    weights = [1, 2]
  }
  target {
    url = "http://b.example" # WARN: The target is not encrypted.
    weights = [
      1,
      -2, # ERROR: A weight is negative.
    ]
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.http.c]
}
