router {
  spool {
    max_bytes     = "8MiB" # ERROR: "max_bytes" must be at least 16MiB, not 8MiB.
    segment_bytes = "32MiB"
  }
}
source "tcp" "app" {}

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
