source "tcp" "app" {
  listn   = "127.0.0.1:8080" # ERROR: There is no attribute "listn" in source "tcp".
  tls     = true # ERROR: "tls" is a block in source "tcp".
  framing {} # ERROR: "framing" is an attribute in source "tcp".
  quux    = 1 # ERROR: There is no attribute "quux" in source "tcp".
}

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
