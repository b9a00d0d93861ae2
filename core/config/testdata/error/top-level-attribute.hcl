listen = "127.0.0.1:8080" # ERROR: The attribute "listen" must stand in a block.
router = {} # ERROR: The attribute "router" must stand in a block.
source "tcp" "app" {}

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
