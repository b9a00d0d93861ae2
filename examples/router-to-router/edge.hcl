# The edge router: takes lines from programs on its own machine and sends them to the aggregator, over TLS and with a
# certificate that says who it is.

variable "listen" {
  type    = string
  default = "127.0.0.1:8080"
}

variable "aggregator" {
  type    = string
  default = "127.0.0.1:6514"
}

variable "ca_file" {
  type    = string
  default = "/etc/skidway/tls/ca.crt"
}

variable "cert_file" {
  type    = string
  default = "/etc/skidway/tls/edge.crt"
}

variable "key_file" {
  type    = string
  default = "/etc/skidway/tls/edge.key"
}

source "tcp" "app" {
  listen = var.listen
}

destination "tcp" "aggregator" {
  address = var.aggregator

  tls {
    ca_file   = var.ca_file
    cert_file = var.cert_file
    key_file  = var.key_file
  }
  batch {
    max_age = "1s"
  }
}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.tcp.aggregator]
}
