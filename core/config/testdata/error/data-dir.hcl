router {
  data_dir = "/" # ERROR: "data_dir" must not be the root of all folders.
}
source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
