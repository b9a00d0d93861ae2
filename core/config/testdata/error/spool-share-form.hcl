router {
  data_dir = "/var/lib/skidway"
  spool {
    max_bytes = "20 percent" # ERROR: "max_bytes" must be a size or a share of the filesystem, not "20 percent".
    min_free  = "-5%" # ERROR: "min_free" must be a size or a share of the filesystem, not "-5%".
  }
}
source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
