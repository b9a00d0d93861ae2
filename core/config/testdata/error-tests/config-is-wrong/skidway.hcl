source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.consle] # ERROR: There is no "destination.stdout.consle".
}
