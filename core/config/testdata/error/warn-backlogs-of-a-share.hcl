router {
  data_dir = "/var/lib/skidway"
  spool {
    max_bytes = "20%" # WARN: The backlogs that block are 160% of the spool together: destination.file.a, destination.file.b.
  }
}
source "tcp" "app" {}
source "tcp" "more" {
  listen = "127.0.0.1:8081"
}
destination "file" "a" {
  path = "a.log"
}
destination "file" "b" {
  path = "b.log"
}
pipeline "a" {
  from = [source.tcp.app]
  to   = [destination.file.a]
}
pipeline "b" {
  from = [source.tcp.more]
  to   = [destination.file.b]
}
