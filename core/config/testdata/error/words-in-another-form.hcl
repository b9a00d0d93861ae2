router {
  data_dir {} # ERROR: "data_dir" is an attribute in the router block.
  admin = true # ERROR: "admin" is a block in the router block.
  spool {
    sync {} # ERROR: "sync" is an attribute in block "spool".
  }
}
source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from      = [source.tcp.app]
  to        = [destination.stdout.console]
  otherwise = [destination.stdout.console] # ERROR: "otherwise" is a block in pipeline "main".
}
