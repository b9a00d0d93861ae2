source "tcp" "app" {}
destination "http" "a" {
  endpoint = "https://a.example"
  dead_letter {
    to = destination.http.b # ERROR: Dead letters would go in a circle: destination.http.a → destination.http.b → destination.http.a.
  }
}
destination "http" "b" {
  endpoint = "https://b.example"
  dead_letter {
    to = destination.http.a
  }
}
destination "file" "self" {
  path = "self.log"
  dead_letter {
    to = destination.file.self # ERROR: The dead letters of destination.file.self would go to itself.
  }
}
destination "stdout" "lost" {
  dead_letter {
    to = destination.file.slef # ERROR: There is no "destination.file.slef".
  }
}
destination "stdout" "source" {
  dead_letter {
    to = source.tcp.app # ERROR: "to" can't name a source.
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.http.a]
}
