router {
  data_dir = "/var/lib/skidway"
  spool {
    max_bytes     = "15MiB" # ERROR: "max_bytes" must be at least 16MiB, not 15MiB.
    min_free      = "0B" # ERROR: "min_free" must be at least 1B, not 0B.
    sync          = "never" # ERROR: "sync" must be "batch" or "interval", not "never".
    sync_interval = "1ms" # ERROR: "sync_interval" must be at least 10ms, not 1ms.
    segment_bytes = "2GiB" # ERROR: "segment_bytes" must be at most 1GiB, not 2GiB.
    retain        = "-1h" # ERROR: "retain" must be a duration, not "-1h".
  }
}
source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
