router {
  data_dir = "/var/lib/skidway"
  spool {
    max_bytes     = "64MiB"
    segment_bytes = "32MiB" # ERROR: "segment_bytes" must be at most a quarter of "max_bytes", which is 16MiB.
  }
}
source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
