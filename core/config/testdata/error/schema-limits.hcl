source "tcp" "app" {}
source "simulator" "demo" {
  rate = -1 # ERROR: "rate" must be at least 0, not -1.
}
destination "file" "audit" {
  path = "audit.log"
  mode = "rw-r-----" # ERROR: "mode" does not have the right form, not "rw-r-----".
  rotate {
    keep = 0 # ERROR: "keep" must be at least 1, not 0.
  }
}
destination "http" "c" {
  endpoint = "https://logs.example"
  timeout  = "2h" # ERROR: "timeout" must be at most 1h, not 2h.
  batch {
    max_bytes = "3MiB" # ERROR: "max_bytes" must be at most 2MiB, not 3MiB.
  }
}
destination "kitchen" "k" {
  topic  = "t"
  delays = ["1s", "2m"] # ERROR: "delays" must be at most 1m, not 2m.
  old    = "x" # WARN: "old" is deprecated.
  target {
    url = "https://a.example"
  }
}
pipeline "main" {
  from = [source.tcp.app, source.simulator.demo]
  to   = [destination.file.audit]
}
