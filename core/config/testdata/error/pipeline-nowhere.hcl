source "tcp" "app" {}
pipeline "main" { # ERROR: The pipeline "main" leads nowhere.
  from = [source.tcp.app]
}
pipeline "empty" { # ERROR: The pipeline "empty" leads nowhere.
  from = [source.tcp.app]
  to   = []
}
