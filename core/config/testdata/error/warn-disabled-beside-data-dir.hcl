router {
  data_dir = "/var/lib/skidway"
}
source "tcp" "app" {}
destination "stdout" "console" {
  dead_letter {
    to = destination.stdout.off # WARN: destination.stdout.off is disabled: dead letters go to the store in data_dir.
  }
}
destination "stdout" "off" {
  enabled = false
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
