router {
  data_dir = "/var/lib/skidway"

  spool {
    max_bytes     = "12.5%"
    min_free      = "2GiB"
    sync          = "interval"
    sync_interval = "250ms"
    segment_bytes = "32MiB"
    retain        = "2d"
  }
  admin {
    socket       = "/run/skidway/admin.sock"
    socket_group = "ops"
  }
  destination_defaults {
    dead_letter {
      when_full = "drop_oldest"
    }
  }
}

source "tcp" "app" {}

destination "file" "all" {
  path = "all.log"

  dead_letter {
    max_bytes = "64MiB"
    when_full = "hold"
  }
}

destination "http" "collector" {
  endpoint = "https://logs.example.com/push"

  backlog {
    max_bytes = "2GiB"
    when_full = "drop_oldest"
  }
  dead_letter {
    to = destination.file.rejected
  }
}

destination "file" "rejected" {
  path = "rejected.log"
}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.file.all, destination.http.collector]
}
