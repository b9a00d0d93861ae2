source "tcp" "app" {}
destination "file" "a" {
  path = "logs/out.log"
}
destination "file" "b" {
  path = "logs/../logs/out.log" # ERROR: Two destinations write to the same path; the other is at testdata/error/same-path.hcl:3.
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.file.a, destination.file.b]
}
