router {
  data_dir = "/var/lib/skidway"
  spool {
    max_bytes = "100%" # ERROR: "max_bytes" must be more than 0% and less than 100%, not "100%".
    min_free  = "0%" # ERROR: "min_free" must be more than 0% and less than 100%, not "0%".
  }
}
source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
