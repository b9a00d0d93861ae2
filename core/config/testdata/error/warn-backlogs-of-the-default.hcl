router {
  data_dir = "/var/lib/skidway"
}
source "tcp" "app" {}
source "tcp" "more" {
  listen = "127.0.0.1:8081"
}
destination "file" "a" {
  path = "a.log"
}
destination "file" "b" { # WARN: The backlogs that block are 2GiB and 80% of the spool together, the spool is at most 8GiB: destination.file.a, destination.file.b.
  path = "b.log"
  backlog {
    max_bytes = "2GiB"
  }
}
pipeline "a" {
  from = [source.tcp.app]
  to   = [destination.file.a]
}
pipeline "b" {
  from = [source.tcp.more]
  to   = [destination.file.b]
}
