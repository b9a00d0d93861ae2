# Dead letters outlive the router, the spool does not.
router {
  data_dir = "state"

  spool {
    storage   = "memory"
    max_bytes = "128MiB"
  }
}

source "tcp" "app" {}

destination "file" "all" {
  path = "all.log"
}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.file.all]
}
