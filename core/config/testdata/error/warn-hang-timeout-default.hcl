source "tcp" "app" {}
destination "http" "c" {
  endpoint = "https://logs.example"
  timeout  = "30s" # WARN: The hang_timeout of destination.http.c, 30s, restarts a plugin that is not hung: it waits for an answer as long as "timeout" says.
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.http.c]
}
