router {
  drain_timeout = "30" # ERROR: "drain_timeout" must be a duration, not "30".
}
source "tcp" "app" {
  idle_timeout = 30 # ERROR: "idle_timeout" must be a duration, not 30.
}
destination "stdout" "console" {
  hang_timeout = "10 minutes" # ERROR: "hang_timeout" must be a duration, not "10 minutes".
  batch {
    max_age = "0s" # ERROR: "max_age" must be at least 1ms, not 0s.
  }
  retry {
    max_delay   = "-1s" # ERROR: "max_delay" must be a duration, not "-1s".
    max_elapsed = "999999999d" # ERROR: "max_elapsed" must be a duration, not "999999999d", which is too large.
  }
  backlog {
    max_age = ["7d"] # ERROR: "max_age" must be a duration, not a list.
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
