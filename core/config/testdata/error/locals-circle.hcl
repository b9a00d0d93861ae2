locals {
  a = local.b # ERROR: These locals use each other: local.a → local.b → local.c → local.a.
  b = [local.c]
  c = { x = local.a }
  d = local.d # ERROR: These locals use each other: local.d → local.d.
  e = local.a
}
source "tcp" "app" {}

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
