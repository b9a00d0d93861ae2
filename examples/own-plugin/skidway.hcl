# Lines from TCP to a Unix socket, by a plugin that is not part of Skidway.

plugin "unix" {
  source = "./skidway-plugin-unix"
}

variable "listen" {
  type    = string
  default = "127.0.0.1:8080"
}

variable "socket" {
  type    = string
  default = "/tmp/collector.sock"
}

source "tcp" "app" {
  listen = var.listen
}

destination "unix" "collector" {
  path = var.socket

  batch {
    max_age = "1s"
  }
}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.unix.collector]
}
