source "tcp" "app" {
  listen = "127.0.0.1:8080"
  listen = "127.0.0.1:8081" # ERROR: Attribute redefined
}
