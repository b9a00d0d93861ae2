variable "listen" {
  default = "127.0.0.1:8080"
}
locals {
  port = 8080
}
source "tcp" "app" {
  listen           = var.lisen # ERROR: There is no variable "lisen".
  max_record_bytes = var # ERROR: var alone is no value.
  framing          = var["framing"] # ERROR: A variable is named with a dot.
  oversize         = local.prt # ERROR: There is no local value "prt".
  max_connections  = local.nothing_like_it # ERROR: There is no local value "nothing_like_it".
}

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
