# The load client: simulated JSON records, sent as lines to a TCP server.

variable "server" {
  type        = string
  description = "where to send to, as host:port"
  default     = "127.0.0.1:8080"
}

variable "rate" {
  type        = number
  description = "records per second; 0: as fast as the server takes them"
  default     = 10
}

source "simulator" "load" {
  rate = var.rate
}

destination "tcp" "server" {
  address = var.server

  # A record leaves at once instead of waiting for 99 others.
  batch {
    max_age = "10ms"
  }
}

pipeline "load" {
  from = [source.simulator.load]
  to   = [destination.tcp.server]
}
