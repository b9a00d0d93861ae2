source "tcp" "app" {}
destination "stdout" "console" {
  dead_letter {
    max_bytes = "1GiB" # ERROR: "max_bytes" is not supported yet.
    when_full = "hold" # ERROR: "when_full" is not supported yet.
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
