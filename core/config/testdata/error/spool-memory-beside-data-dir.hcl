router {
  data_dir = "/var/lib/skidway"
  spool {
    storage   = "memory"
    max_bytes = "1.5 %" # ERROR: "max_bytes" = "1.5%" is a share of a filesystem, and the spool is in memory.
    min_free  = "1GiB" # ERROR: "min_free" means nothing while the spool is in memory.
  }
}
source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
