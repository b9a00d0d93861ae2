source "tcp" "app" {}
destination "http" "c" {
  endpoint    = "https://logs.example"
  rate_limit  = 10 # ERROR: "rate_limit" is not supported yet.
  failover    = ["https://b.example"] # ERROR: "failover" is not supported yet.
  round_robin {} # ERROR: "round_robin" blocks are not supported yet.
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.http.c]
}
