router {
  data_dir = "/var/lib/skidway"
}
source "tcp" "app" {}
destination "stdout" "console" {
  backlog {
    max_bytes = "9GiB" # ERROR: The backlog of 9GiB is larger than the spool, which has at most 8GiB.
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
