test "an error reaches the collector and the archive" {
  pipeline = pipeline.main

  input {
    record = { level = "ERROR", msg = "payment failed" }
  }
  input {
    record = { level = "info", status = 503 }
  }
  expect {
    at       = [destination.http.collector, destination.file.archive]
    count    = 2
    contains = [{ level = "error", env = "prod" }, { level = "info", region = "eu-west-1" }]
  }
}

test "a status in quotes counts too, and a record without one is no error" {
  pipeline = pipeline.main

  input {
    record = { level = "info", status = "502" }
  }
  input {
    record = { level = "info" }
  }
  expect {
    at    = [destination.http.collector]
    count = 1
  }
  expect {
    at    = [destination.file.archive]
    count = 2
  }
}

test "debug lines and health checks are dropped" {
  pipeline = pipeline.main

  input {
    record = { level = "debug", msg = "cache miss" }
  }
  input {
    record = { level = "info", path = "/healthz/live" }
  }
  expect {
    at    = [dropped]
    count = 2
  }
}

test "a line that is no JSON goes to the archive as a message" {
  pipeline = pipeline.main

  input {
    line = "panic: out of memory"
  }
  expect {
    at       = [destination.file.archive]
    contains = [{ message = "panic: out of memory", env = "prod" }]
  }
}

test "the collector gets batches of a thousand" {
  pipeline = pipeline.main

  input {
    record = { level = "error" }
    count  = 2500
  }
  expect {
    at      = [destination.http.collector]
    batches = [1000, 1000, 500]
  }
  expect {
    at    = [destination.file.archive]
    count = 2500
  }
}
