source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
test "in the wrong file" { # ERROR: A test stands in a file of its own.
  pipeline = pipeline.main
}
