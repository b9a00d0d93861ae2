source "tcp" "app" {}
destination "stdout" "console" {
  batch {
    max_records = 1
  }
  batch { # ERROR: There is a block "batch" already, at testdata/error/nested-block-twice.hcl:3.
    max_age = "1s"
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
