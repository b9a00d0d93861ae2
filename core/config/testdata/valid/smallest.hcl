source "tcp" "app" {} # 127.0.0.1:8080
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
