source "tcp" "app" {
  max_connections = 1e99999 # ERROR: The number is too large.
}
