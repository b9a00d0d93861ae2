locals {
  a = uper("x") # ERROR: There is no function "uper".
  b = timestamp() # ERROR: There is no function "timestamp".
  c = now() # ERROR: There is no function now at load.
  d = parsetime("2006", "2026")
  e = unixtime("x") # ERROR: An argument of unixtime can't be used.
  f = [for x in [1, 2] : x] # ERROR: There are no loops in this language.
  g = nonsensitive("x") # ERROR: There is no function "nonsensitive".
}
source "tcp" "app" {}

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
