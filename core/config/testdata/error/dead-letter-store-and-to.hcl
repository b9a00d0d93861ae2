router {
  data_dir = "/var/lib/skidway"
}
source "tcp" "app" {}
destination "http" "a" {
  endpoint = "https://a.example"
  dead_letter {
    to        = destination.file.rejected
    max_bytes = "1GiB" # ERROR: "max_bytes" can't stand beside "to".
    when_full = "drop_oldest" # ERROR: "when_full" can't stand beside "to".
  }
}
destination "file" "rejected" {
  path = "rejected.log"
  dead_letter {
    max_bytes = "1MiB" # ERROR: "max_bytes" must be at least 8MiB, not 1MiB.
    when_full = "block" # ERROR: "when_full" must be "hold" or "drop_oldest", not "block".
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.http.a]
}
