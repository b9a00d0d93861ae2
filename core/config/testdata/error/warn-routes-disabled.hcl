source "tcp" "app" {}
destination "stdout" "console" {}
destination "file" "off" {
  enabled = false
  path    = "off.log"
}
pipeline "off" {
  enabled = false
  to      = [destination.stdout.console]
}
pipeline "main" {
  from = [source.tcp.app]
  route "errors" {
    when = record.level == "error"
    to   = [destination.file.off] # WARN: All that the route "errors" of pipeline.main leads to is disabled: its records are dropped.
  }
  route "warnings" {
    when = record.level == "warn"
    to   = [destination.file.off, destination.stdout.console]
  }
  otherwise {
    to = [pipeline.off] # WARN: All that otherwise of pipeline.main leads to is disabled: its records are dropped.
  }
}
pipeline "plain" {
  from = [source.tcp.app]
  transform "drop" {
    when = record.level == "debug"
  }
  to = [destination.file.off] # WARN: All that pipeline.plain leads to is disabled: its records are dropped.
}
