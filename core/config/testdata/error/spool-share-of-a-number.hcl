router {
  data_dir = "/var/lib/skidway"
  spool {
    max_bytes = 20 # ERROR: "max_bytes" must be a size or a share of the filesystem, not 20.
    min_free  = ["5%"] # ERROR: "min_free" must be a size, not a list.
  }
}
source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
