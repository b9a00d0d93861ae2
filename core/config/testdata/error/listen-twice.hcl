source "tcp" "a" {}
source "tcp" "b" {
  listen = "localhost:8080" # ERROR: "localhost:8080" is already listened at, by the source at testdata/error/listen-twice.hcl:1.
}
source "tcp" "c" {
  listen          = ":9000"
  allow_plaintext = true
}
source "tcp" "d" {
  listen = "127.0.0.1:9000" # ERROR: "127.0.0.1:9000" is already listened at, by the source at testdata/error/listen-twice.hcl:6.
}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.a, source.tcp.b, source.tcp.c, source.tcp.d]
  to   = [destination.stdout.console]
}
