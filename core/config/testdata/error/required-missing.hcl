source "tcp" "app" {
  tls { # ERROR: Block "tls" needs the attribute "key_file".
    cert_file = "a.crt"
  }
}
destination "file" "audit" {} # ERROR: Destination "file" needs the attribute "path".
destination "http" "c" {
  endpoint = null # ERROR: "endpoint" must not be null.
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.file.audit, destination.http.c]
}
