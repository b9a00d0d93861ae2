source "tcp" "app" {}
destination "stdout" "console" {}

pipeline "main" {
  from = ["source.tcp.app"] # ERROR: "from" takes addresses, not expressions.
  to   = "destination.stdout.console" # ERROR: "to" must be a list of addresses.
}
