router {
  spool {
    storage       = "disk" # ERROR: A spool on disk needs a "data_dir" to lie in.
    max_bytes     = "20%"
    sync_interval = "2s" # ERROR: "sync_interval" means nothing with sync = "batch".
  }
}
source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
