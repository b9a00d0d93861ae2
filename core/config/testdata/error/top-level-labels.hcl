source "tcp" {} # ERROR: A source block takes two labels.
destination "stdout" "a" "b" {} # ERROR: A destination block takes two labels.
pipeline {} # ERROR: A pipeline block takes one label.
router "x" {} # ERROR: A router block takes no labels.
source "tcp" "1app" {} # ERROR: "1app" is not a name.
destination "std out" "x" {} # ERROR: "std out" is not a name.
variable {} # ERROR: A variable block takes one label.
locals "x" {} # ERROR: A locals block takes no labels.
source "tcp" "app" {}

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
