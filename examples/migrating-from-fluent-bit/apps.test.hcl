test "a slow error of production reaches the pager and the search cluster" {
  pipeline = pipeline.main

  input {
    record = { level = "error", environment = "production", response_time = 5001, msg = "checkout" }
  }
  expect {
    at     = [destination.http.pager, destination.http.search]
    equals = [{ level = "error", environment = "production", response_time = 5001, msg = "checkout" }]
  }
}

test "what misses one of the three conditions reaches the search cluster alone" {
  pipeline = pipeline.main

  input {
    record = { level = "error", environment = "production", response_time = 5000 }
  }
  input {
    record = { level = "error", environment = "staging", response_time = 9000 }
  }
  input {
    record = { level = "warn", environment = "production", response_time = 9000 }
  }
  input {
    record = { level = "error", environment = "production" }
  }
  input {
    line = "panic: out of memory"
  }
  expect {
    at    = [destination.http.pager]
    count = 0
  }
  expect {
    at       = [destination.http.search]
    count    = 5
    contains = [{ message = "panic: out of memory" }]
  }
}

test "records of the app that is left out are dropped, errors too" {
  pipeline = pipeline.main

  input {
    record = { level = "error", environment = "production", response_time = 9000, kubernetes = { labels = { app = "myapp" } } }
  }
  input {
    record = { level = "info", kubernetes = { labels = { app = "myapp-canary" } } }
  }
  input {
    record = { level = "info", kubernetes = { labels = { app = "shop" } } }
  }
  expect {
    at    = [dropped]
    count = 2
  }
  expect {
    at     = [destination.http.search]
    equals = [{ level = "info", kubernetes = { labels = { app = "shop" } } }]
  }
}
