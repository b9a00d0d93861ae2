source "tcp" "a" {
  listen = "0.0.0.0:6514" # ERROR: The listener is reachable from other machines and has no TLS.
}
source "tcp" "b" {
  listen = "logs.example.com:6515" # ERROR: The listener is reachable from other machines and has no TLS.
}
source "tcp" "c" {
  listen = ":6516" # ERROR: The listener is reachable from other machines and has no TLS.
}
