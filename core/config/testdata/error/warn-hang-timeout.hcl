router {
  destination_defaults {
    hang_timeout = "24s" # WARN: The hang_timeout of destination.tcp.defaulted, 24s, restarts a plugin that is not hung: it waits 20s for a peer that makes no progress, and then gives the batch back.
  }
}
source "tcp" "a" {}
source "tcp" "b" {
  listen = "127.0.0.1:8081"
}
source "tcp" "c" {
  listen = "127.0.0.1:8082"
}
source "tcp" "d" {
  listen = "127.0.0.1:8083"
}
source "tcp" "e" {
  listen = "127.0.0.1:8084"
}
destination "tcp" "defaulted" {
  address = "logs.example:6514"
  backlog {
    max_bytes = "1MiB"
  }
}
destination "tcp" "long" {
  address      = "logs.example:6514"
  hang_timeout = "25s"
  backlog {
    max_bytes = "1MiB"
  }
}
destination "http" "equal" {
  endpoint     = "https://logs.example"
  hang_timeout = "10s" # WARN: The hang_timeout of destination.http.equal, 10s, restarts a plugin that is not hung: it waits for an answer as long as "timeout" says.
  backlog {
    max_bytes = "1MiB"
  }
}
destination "http" "longer" {
  endpoint     = "https://logs.example"
  timeout      = "1m" # its hang_timeout is longer
  hang_timeout = "61s"
  backlog {
    max_bytes = "1MiB"
  }
}
destination "file" "f" {
  path         = "a.log"
  hang_timeout = "1s" # nothing is known of what its plugin may take
  backlog {
    max_bytes = "1MiB"
  }
}
pipeline "a" {
  from = [source.tcp.a]
  to   = [destination.tcp.defaulted]
}
pipeline "b" {
  from = [source.tcp.b]
  to   = [destination.tcp.long]
}
pipeline "c" {
  from = [source.tcp.c]
  to   = [destination.http.equal]
}
pipeline "d" {
  from = [source.tcp.d]
  to   = [destination.http.longer]
}
pipeline "e" {
  from = [source.tcp.e]
  to   = [destination.file.f]
}
