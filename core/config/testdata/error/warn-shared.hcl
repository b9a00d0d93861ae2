router {
  spool {
    max_bytes = "20MiB" # WARN: The backlogs that block are 26MiB together, the spool is 20MiB: destination.stdout.console, destination.file.audit.
  }
}
source "tcp" "app" {}
destination "stdout" "console" {} # WARN: destination.stdout.console can hold up destination.file.audit and destination.http.c: they share source.tcp.app.
destination "file" "audit" { # WARN: destination.file.audit can hold up destination.http.c and destination.stdout.console: they share source.tcp.app.
  path = "audit.log"
  backlog {
    max_bytes = "10MiB"
  }
}
destination "http" "c" {
  endpoint = "https://logs.example"
  backlog {
    when_full = "drop_oldest"
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console, pipeline.rest]
}
pipeline "rest" {
  to = [destination.file.audit, destination.http.c]
}
