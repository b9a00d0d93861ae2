source "tcp" "app" {
  tsl {} # ERROR: There is no block "tsl" in source "tcp".
  extra {} # ERROR: There is no block "extra" in source "tcp".
  tls "label" { # ERROR: The block "tls" takes no labels.
    cert_file = "a"
    key_file  = "b"
  }
}

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
