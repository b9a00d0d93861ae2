router {
  required_version = ">= 0.1"
  drain_timeout    = "1m30s"
  log_level        = "warn"
  log_format       = "json"
  intake_max_bytes = "32MiB"

  spool {
    storage       = "memory"
    max_bytes     = "256MiB"
    segment_bytes = "8MiB"
  }
  destination_defaults {
    max_in_flight = 2
    retry {
      max_delay = "1m"
    }
    batch {
      max_age   = "2s"
      max_bytes = "3MiB"
    }
    dead_letter {
      to = destination.file.rejected
    }
  }
}

source "tcp" "app" {
  listen                   = "0.0.0.0:6514"
  framing                  = "octet_counted"
  max_record_bytes         = "3.5MiB"
  oversize                 = "drop"
  max_connections          = 50
  max_connections_per_peer = 5
  allow_from               = ["10.1.2.3/8", "192.0.2.7", "2001:db8::/32"]
  idle_timeout             = "1d12h"

  tls {
    cert_file      = "tls/app.crt"
    key_file       = "/etc/skidway/app.key"
    client_ca_file = "../ca.crt"
    client_names   = ["*.app.example.com"]
    min_version    = "1.3"
  }
}

source "tcp" "plain" {
  listen          = ":9000"
  allow_plaintext = true
}

source "simulator" "demo" {
  rate = 2.5
}

# Own values win over the defaults of the router, which win over those of the plugin.
destination "http" "collector" {
  endpoint = "https://logs.example.com/push"
  headers = {
    Accept = "application/json"
    X-Size = 10
  }
  timeout = "1.5s"
  basic_auth {
    username = "router"
    password = sensitive("open sesame")
  }
  batch {
    max_age = "100ms"
  }
  retry {
    initial_delay = "1s"
    max_elapsed   = "1h"
    poison_after  = 0
  }
  reject_limit = 1
  backlog {
    max_bytes = "200MiB"
    max_age   = "7d"
    when_full = "drop_oldest"
  }
  hang_timeout = "10s"
}

destination "file" "rejected" {
  path          = "rejected.log"
  max_in_flight = 1
  rotate {
    max_bytes = "1GB"
  }
  backlog {
    max_bytes = "20MiB"
  }
}

destination "kitchen" "k" {
  queue = "q"
  shape = { a = [1, 2.5, true, null], b = { c = "d" } }
  sizes = { x = "0.5KiB" }
  flag  = false
  cert  = "a.pem"
  key   = "b.pem"
  target {
    url = "https://a.example"
  }
  target {
    url     = "https://b.example"
    weights = [1, 2]
  }
  backlog {
    when_full = "drop_oldest"
  }
}

destination "stdout" "off" {
  enabled = false
}

pipeline "main" {
  from = [source.tcp.app, source.simulator.demo]
  to   = [destination.http.collector, pipeline.rest]
}

pipeline "rest" {
  from = [source.tcp.plain]
  to   = [destination.kitchen.k, destination.stdout.off]
}

pipeline "off" {
  enabled = false
  from    = [source.tcp.app]
  to      = [destination.stdout.off]
}
