# The aggregator: takes lines from edge routers that present a certificate of ours, and writes them to one file,
# each with the name of the edge that sent it.

variable "listen" {
  type    = string
  default = "127.0.0.1:6514"
}

variable "path" {
  type    = string
  default = "/tmp/skidway-aggregator/all.log"
}

variable "ca_file" {
  type    = string
  default = "/etc/skidway/tls/ca.crt"
}

variable "cert_file" {
  type    = string
  default = "/etc/skidway/tls/aggregator.crt"
}

variable "key_file" {
  type    = string
  default = "/etc/skidway/tls/aggregator.key"
}

source "tcp" "edges" {
  listen = var.listen

  tls {
    cert_file      = var.cert_file
    key_file       = var.key_file
    client_ca_file = var.ca_file
    client_names   = ["*.edge.example.com"]
  }
}

destination "file" "all" {
  path   = var.path
  format = "envelope"
}

pipeline "main" {
  from = [source.tcp.edges]
  to   = [destination.file.all]
}
