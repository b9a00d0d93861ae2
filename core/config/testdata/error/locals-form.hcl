locals {
  a = 1
  nested {} # ERROR: A locals block holds no blocks.
}
locals {
  a = 2 # ERROR: local.a is already there, at testdata/error/locals-form.hcl:2.
}
source "tcp" "app" {}

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
