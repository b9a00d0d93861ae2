# Lines sent to 127.0.0.1:8080 and the records of a simulator, on the terminal.

source "tcp" "app" {}

source "simulator" "demo" {
  rate = 10
}

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app, source.simulator.demo]
  to   = [destination.stdout.console]
}
