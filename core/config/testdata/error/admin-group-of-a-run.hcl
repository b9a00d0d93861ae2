# OPTION: need_secrets
router {
  data_dir = "/var/lib/skidway"
  admin {
    socket_group = "ops" # ERROR: "socket_group" needs "socket" beside it.
  }
}
source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
