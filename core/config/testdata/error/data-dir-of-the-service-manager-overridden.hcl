# OPTION: env STATE_DIRECTORY=skidway
router {
  data_dir = "/srv/skidway"
  spool {
    sync = "intervall" # ERROR: "sync" must be "batch" or "interval", not "intervall".
  }
}
source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
