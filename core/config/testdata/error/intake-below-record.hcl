router {
  intake_max_bytes = "128KiB"
}
source "tcp" "app" {
  max_record_bytes = "1MiB" # ERROR: "max_record_bytes" must be at most router.intake_max_bytes, which is 128KiB.
}

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
