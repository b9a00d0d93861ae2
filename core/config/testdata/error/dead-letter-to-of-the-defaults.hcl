router {
  data_dir = "/var/lib/skidway"
  destination_defaults {
    dead_letter {
      to = destination.file.rejected
    }
  }
}
source "tcp" "app" {}
destination "http" "a" {
  endpoint = "https://a.example"
  dead_letter {
    max_bytes = "16MiB" # ERROR: "max_bytes" means nothing: the dead letters of destination.http.a go to destination.file.rejected.
  }
}
destination "file" "rejected" {
  path = "rejected.log"
  dead_letter {
    max_bytes = "16MiB"
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.http.a]
}
