router {
  spool {
    storage   = env("SPOOL") # NOTE: The environment variable "SPOOL" is not set.
    max_bytes = "20%"
    min_free  = "5%"
  }
}
source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
