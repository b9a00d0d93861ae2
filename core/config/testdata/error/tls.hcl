source "tcp" "app" {
  listen = "0.0.0.0:6514"
  tls {
    cert_file    = "" # ERROR: "cert_file" must not be empty.
    key_file     = "app.key"
    client_names = ["*.app.example.com", "*", "a b"] # ERROR: "client_names" needs "client_ca_file" beside it. # ERROR: "client_names" does not have the right form, not "*". # ERROR: "client_names" does not have the right form, not "a b".
    min_version  = "1.1" # ERROR: "min_version" must be "1.2" or "1.3", not "1.1".
  }
}

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
