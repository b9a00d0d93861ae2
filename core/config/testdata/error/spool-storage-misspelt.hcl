router {
  spool {
    storage   = "dsk" # ERROR: "storage" must be "memory" or "disk", not "dsk".
    max_bytes = "20%"
    sync      = "batch"
  }
}
source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
