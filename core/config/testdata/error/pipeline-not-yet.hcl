source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  transform "drop" { # ERROR: "transform" blocks are not supported yet.
    when = record.level == "debug"
  }
  route "errors" { # ERROR: "route" blocks are not supported yet.
    when = record.level == "error"
    to   = [destination.stdout.console]
  }
  otherwise { # ERROR: "otherwise" blocks are not supported yet.
    drop = true
  }
}
