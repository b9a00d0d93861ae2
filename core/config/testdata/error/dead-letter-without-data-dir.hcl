router {
  destination_defaults {
    dead_letter {
      max_bytes = "2GiB" # ERROR: "max_bytes" means nothing without a data_dir.
    }
  }
}
source "tcp" "app" {}
destination "stdout" "console" {
  dead_letter {
    max_bytes = "1GiB" # ERROR: "max_bytes" means nothing without a data_dir.
    when_full = "hold" # ERROR: "when_full" means nothing without a data_dir.
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
