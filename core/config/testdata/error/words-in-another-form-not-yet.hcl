router {
  data_dir {} # ERROR: "data_dir" is not supported yet.
  admin = true # ERROR: "admin" is not supported yet.
  spool {
    max_bytes = "20%" # ERROR: "max_bytes" = "20%" is not supported yet.
  }
}
source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from      = [source.tcp.app]
  to        = [destination.stdout.console]
  otherwise = [destination.stdout.console] # ERROR: "otherwise" is not supported yet.
}
