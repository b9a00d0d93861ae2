# OPTION: env STATE_DIRECTORY=skidway
# ERROR@-: The environment variable STATE_DIRECTORY is "skidway", which is no absolute path.
source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
