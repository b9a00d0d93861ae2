# JSON logs: slow errors of production page somebody, one app is left out, and everything else goes to the search cluster.

variable "listen" {
  type    = string
  default = "127.0.0.1:8080"
}

variable "pager" {
  type        = string
  description = "who is woken up"
  default     = "http://127.0.0.1:9201/enqueue"
}

variable "search" {
  type        = string
  description = "where the search cluster takes records"
  default     = "http://127.0.0.1:9200/ingest"
}

source "tcp" "apps" {
  listen = var.listen
}

destination "http" "pager" {
  endpoint = var.pager
  format   = "json_array"

  backlog {
    when_full = "drop_oldest"
  }
}

destination "http" "search" {
  endpoint = var.search
}

pipeline "main" {
  from = [source.tcp.apps]

  transform "drop" {
    when = matches("myapp", record.kubernetes.labels.app)
  }

  route "high_priority_errors" {
    when = record.level == "error" && record.environment == "production" && record.response_time > 5000
    to   = [destination.http.pager, destination.http.search]
  }
  otherwise {
    to = [destination.http.search]
  }
}
