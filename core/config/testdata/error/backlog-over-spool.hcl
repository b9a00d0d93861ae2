router {
  spool {
    max_bytes = "16MiB"
  }
}
source "tcp" "app" {}
destination "stdout" "console" {
  backlog {
    max_bytes = "17MiB" # ERROR: The backlog of 17MiB is larger than the spool, which has 16MiB.
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
