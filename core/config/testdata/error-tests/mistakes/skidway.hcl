source "tcp" "app" {}
destination "stdout" "console" {}
destination "file" "off" {
  enabled = false
  path    = "off.log"
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
pipeline "off" {
  enabled = false
  from    = [source.tcp.app]
  to      = [destination.stdout.console]
}
