router {
  data_dir = env("DATA_DIR") # NOTE: The environment variable "DATA_DIR" is not set.
  spool {
    max_bytes     = env("SPOOL_BYTES") # NOTE: The environment variable "SPOOL_BYTES" is not set.
    segment_bytes = "64MiB"
    sync          = env("SPOOL_SYNC") # NOTE: The environment variable "SPOOL_SYNC" is not set.
    sync_interval = "5s"
  }
}
source "tcp" "app" {}
destination "stdout" "console" {
  backlog {
    max_bytes = "9GiB"
  }
  dead_letter {
    max_bytes = "2GiB"
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
