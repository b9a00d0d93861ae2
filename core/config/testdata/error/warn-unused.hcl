source "tcp" "idle" {} # WARN: source.tcp.idle is in no pipeline.
source "tcp" "app" {
  listen = "127.0.0.1:8081"
}
destination "stdout" "console" {}
destination "file" "rejected" { # WARN: destination.file.rejected is in no pipeline.
  path = "rejected.log"
}
destination "file" "idle" { # WARN: destination.file.idle is in no pipeline.
  path = "idle.log"
}
destination "file" "off" {
  enabled = false
  path    = "off.log"
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
pipeline "unfed" { # WARN: pipeline.unfed is fed by nothing.
  to = [destination.stdout.console]
}
pipeline "off" {
  enabled = false
  from    = [source.tcp.idle]
  to      = [destination.file.idle]
}
