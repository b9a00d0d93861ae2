# OPTION: need_secrets
source "tcp" "app" {
  listen = "0.0.0.0:6514"
  tls {
    cert_file = "absent.crt" # ERROR: The file of "cert_file" can't be read: there is no such file.
    key_file  = "." # ERROR: The file of "key_file" can't be read: it is not a regular file.
  }
}

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
