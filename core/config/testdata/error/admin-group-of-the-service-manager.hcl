# OPTION: need_secrets
# OPTION: env RUNTIME_DIRECTORY=/run/skidway
router {
  admin {
    socket_group = "ops"
    token        = "x" # ERROR: "token" is not supported yet.
  }
}
source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
