router {
  data_dir = "/var/lib/skidway" # ERROR: "data_dir" is not supported yet.
  admin { # ERROR: "admin" blocks are not supported yet.
    listen = "127.0.0.1:9690"
  }
  spool {
    storage       = "disk" # ERROR: A spool on disk is not supported yet.
    min_free      = "5%" # ERROR: "min_free" is not supported yet.
    sync          = "batch" # ERROR: "sync" is not supported yet.
    sync_interval = "1s" # ERROR: "sync_interval" is not supported yet.
    retain        = "0s" # ERROR: "retain" is not supported yet.
  }
}
source "tcp" "app" {}

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
