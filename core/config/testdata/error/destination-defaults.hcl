router {
  destination_defaults {
    enabled = false # ERROR: There is no attribute "enabled" in block "destination_defaults".
    batch {
      max_recods = 10 # ERROR: There is no attribute "max_recods" in block "batch".
    }
    retry {
      initial_delay = "1m" # ERROR: "initial_delay" is longer than "max_delay": 1m, not at most 1s.
      max_delay     = "1s"
    }
    dead_letter {
      to = destination.file.nope # ERROR: There is no "destination.file.nope".
    }
  }
}
source "tcp" "app" {}

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
