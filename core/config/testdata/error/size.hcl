router {
  intake_max_bytes = 67108864 # ERROR: "intake_max_bytes" must be a size, not 67108864.
  spool {
    max_bytes = "64mib" # ERROR: "max_bytes" must be a size or a share of the filesystem, not "64mib".
  }
}
source "tcp" "app" {
  max_record_bytes = "4MiB" # ERROR: "max_record_bytes" must be at most 3.5MiB, not 4MiB.
}
destination "stdout" "console" {
  batch {
    max_bytes = "4MB" # ERROR: "max_bytes" must be at most 3.5MiB, not 4MB.
  }
  backlog {
    max_bytes = "9999999999TiB" # ERROR: "max_bytes" must be a size, not "9999999999TiB", which is too large.
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
