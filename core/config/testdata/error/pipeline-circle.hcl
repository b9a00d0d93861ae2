source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "a" {
  from = [source.tcp.app]
  to   = [pipeline.b, destination.stdout.console]
}
pipeline "b" {
  to = [pipeline.c]
}
pipeline "c" {
  to = [destination.stdout.console, pipeline.a] # ERROR: These pipelines feed each other: pipeline.a → pipeline.b → pipeline.c → pipeline.a.
}
pipeline "self" {
  from = [source.tcp.app]
  to   = [pipeline.self] # ERROR: These pipelines feed each other: pipeline.self → pipeline.self.
}
