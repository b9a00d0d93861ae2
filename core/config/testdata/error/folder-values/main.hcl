# OPTION: var_file extra.values
variable "region" {}
variable "secret" { # NOTE: The variable "secret" has no value here.
  sensitive = true
}
source "tcp" "app" {}

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
