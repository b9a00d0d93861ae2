source "tcp" "app" {
  listen = "0.0.0.0:6514"
  tls {
    cert_file    = "app.crt"
    key_file     = "app.key"
    client_names = ["*.app.example.com"] # ERROR: "client_names" needs "client_ca_file" beside it.
  }
}

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
