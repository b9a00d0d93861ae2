source "tcp" "app" {}
destination "stdout" "console" {
  retry {
    initial_delay = "1m" # ERROR: "initial_delay" is longer than "max_delay": 1m, not at most 30s.
  }
}
destination "stdout" "other" {
  retry {
    max_delay = "10ms" # ERROR: "initial_delay" is longer than "max_delay": 500ms, not at most 10ms.
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console, destination.stdout.other]
}
