router {
  data_dir = "/var/lib/skidway"
  spool {
    sync          = "batch"
    sync_interval = "1s" # ERROR: "sync_interval" means nothing with sync = "batch".
  }
}
source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
