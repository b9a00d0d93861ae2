# OPTION: env STATE_DIRECTORY=/var/lib/skidway/:/var/lib/other
source "tcp" "app" {}

destination "file" "all" {
  path = "all.log"
}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.file.all]
}
