source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "other" {
  from = [pipeline.main, destination.stdout.console] # ERROR: "from" can't name a pipeline. # ERROR: "from" can't name a destination.
  to   = [source.tcp.app] # ERROR: "to" can't name a source.
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
