router {
  admin {
    listen         = "127.0.0.1:9690" # ERROR: "listen" is not supported yet.
    token          = env("ADMIN_TOKEN") # ERROR: "token" is not supported yet.
    metrics_listen = "0.0.0.0:9691" # ERROR: "metrics_listen" is not supported yet.
    tls { # ERROR: "tls" blocks are not supported yet.
      cert_file = "a.crt"
    }
  }
}
source "tcp" "app" {}

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
