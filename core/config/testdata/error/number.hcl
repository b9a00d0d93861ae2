source "tcp" "app" {
  max_connections          = 0 # ERROR: "max_connections" must be at least 1, not 0.
  max_connections_per_peer = 1.5 # ERROR: "max_connections_per_peer" must be a whole number, not 1.5.
}
destination "stdout" "console" {
  max_in_flight = "many" # ERROR: "max_in_flight" must be a number, not "many".
  reject_limit  = 1.5 # ERROR: "reject_limit" must be at most 1, not 1.5.
  batch {
    max_records = true # ERROR: "max_records" must be a number, not true.
  }
  retry {
    poison_after = -1 # ERROR: "poison_after" must be at least 0, not -1.
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
