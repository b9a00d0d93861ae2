sorce "tcp" "app" {} # ERROR: There is no block "sorce".
nothing {} # ERROR: There is no block "nothing".
test "it works" {} # ERROR: Tests of configurations are not supported yet.
source "tcp" "app" {}

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
