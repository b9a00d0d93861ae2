router {
  data_dir = "/var/lib/skidway"
  admin {
    socket_group = "ops" # NOTE: "socket_group" needs "socket" beside it, or RUNTIME_DIRECTORY.
  }
}
source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
