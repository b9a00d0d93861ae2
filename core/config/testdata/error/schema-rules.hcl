source "tcp" "app" {}
destination "kitchen" "none" { # ERROR: Destination "kitchen" needs "topic" or "queue".
  target {
    url = "https://a.example"
  }
}
destination "kitchen" "both" {
  topic = "t"
  queue = "q" # ERROR: "queue" can't stand beside "topic".
  cert  = "a.pem" # ERROR: "cert" needs "key" beside it.
  target {
    url = "https://a.example"
  }
}
destination "kitchen" "targets" { # ERROR: Destination "kitchen" needs a block "target".
  topic = "t"
}
destination "kitchen" "many" {
  topic = "t"
  target {
    url = "https://a.example"
  }
  target {
    url = "https://b.example"
  }
  target {
    url = "https://c.example"
  }
  target { # ERROR: There is a block "target" already, at testdata/error/schema-rules.hcl:20.
    url = "https://d.example"
  }
}
destination "http" "auth" {
  endpoint     = "https://logs.example"
  bearer_token = env("TOKEN", "x")
  basic_auth { # ERROR: "basic_auth" can't stand beside "bearer_token".
    username = "u"
    password = env("PASSWORD", "x")
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.kitchen.none]
}
