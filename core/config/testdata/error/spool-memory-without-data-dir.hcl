router {
  spool {
    max_bytes     = "20%" # ERROR: "max_bytes" = "20%" is a share of a filesystem, and the spool is in memory.
    min_free      = "5%" # ERROR: "min_free" means nothing while the spool is in memory.
    sync          = "interval" # ERROR: "sync" means nothing while the spool is in memory.
    sync_interval = "1s" # ERROR: "sync_interval" means nothing while the spool is in memory.
    retain        = "0s" # ERROR: "retain" means nothing while the spool is in memory.
  }
}
source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
