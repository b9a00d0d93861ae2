source "tcp" "app" { # ERROR: Unclosed configuration block
  listen = "127.0.0.1:8080"
