source "tcp" "app" {}
destination "http" "c" {
  endpoint    = "https://logs.example"
  bearer_tokn = "hunter2" # ERROR: There is no attribute "bearer_tokn" in destination "http".
  api_key     = "hunter2" # ERROR: There is no attribute "api_key" in destination "http".
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.http.c]
}
