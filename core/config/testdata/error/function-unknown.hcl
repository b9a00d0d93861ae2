locals {
  a = uper("x") # ERROR: There is no function "uper".
  b = timestamp() # ERROR: There is no function "timestamp".
  c = now() # ERROR: The function now is not supported yet.
  d = parsetime("2006", "2026") # ERROR: The function parsetime is not supported yet.
  e = unixtime("x") # ERROR: The function unixtime is not supported yet.
  f = [for x in [1, 2] : x] # ERROR: There are no loops in this language.
  g = nonsensitive("x") # ERROR: There is no function "nonsensitive".
}
source "tcp" "app" {}

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
