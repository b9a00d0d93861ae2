router {
  spool {
    max_bytes     = "8GiB"
    segment_bytes = "2GiB" # ERROR: "segment_bytes" must be at most 1GiB, not 2GiB.
  }
}
source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
