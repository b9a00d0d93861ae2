sorce "tcp" "app" {} # ERROR: There is no block "sorce".
nothing {} # ERROR: There is no block "nothing".
test "it works" {} # ERROR: A test stands in a file of its own.
source "tcp" "app" {}

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
