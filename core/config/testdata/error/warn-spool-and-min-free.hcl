router {
  data_dir = "/var/lib/skidway"
  spool {
    max_bytes = "90%" # WARN: "max_bytes" and "min_free" are more than the filesystem together: 90% and 10.5%.
    min_free  = "10.5%"
  }
}
source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
