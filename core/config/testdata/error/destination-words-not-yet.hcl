source "tcp" "app" {}
destination "http" "a" {
  endpoint = "https://logs.example"
  format   = "elasticsearch" # ERROR: "format" = "elasticsearch" is not supported yet.
  labels   = { app = record.service } # ERROR: "labels" is not supported yet.
  line     = record.msg # ERROR: "line" is not supported yet.
  time     = record.ts # ERROR: "time" is not supported yet.
}
destination "http" "b" {
  endpoint = "https://logs.example"
  format   = "splunk_hec" # ERROR: "format" = "splunk_hec" is not supported yet.
}
destination "http" "c" {
  endpoint = "https://logs.example"
  format   = "otlp_json" # ERROR: "format" = "otlp_json" is not supported yet.
}
# The plugin of this test has loki, so that its word is no reserved one.
destination "http" "d" {
  endpoint = "https://logs.example"
  format   = "loki"
}
destination "http" "e" {
  endpoint = "https://logs.example"
  format   = "splunk" # ERROR: "format" must be "ndjson", "json_array" or "loki", not "splunk".
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.http.a, destination.http.b, destination.http.c, destination.http.d, destination.http.e]
}
