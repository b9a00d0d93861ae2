test "a line of the combined format becomes JSON" {
  pipeline = pipeline.main

  input {
    line = "192.0.2.7 - ann [23/Nov/2026:08:00:01 +0100] \"GET /shop?id=7 HTTP/1.1\" 200 5120 \"-\" \"curl/8.5.0\""
  }
  expect {
    at = [destination.file.access]
    contains = [{
      client = "192.0.2.7", user = "ann", time = "2026-11-23T07:00:01.000000000Z", method = "GET", path = "/shop?id=7", status = 200, bytes = 5120
    }]
  }
}

test "a health check is dropped unless it failed" {
  pipeline = pipeline.main

  input {
    line = "127.0.0.1 - - [23/Nov/2026:08:00:01 +0100] \"GET /healthz HTTP/1.1\" 200 2 \"-\" \"probe\""
  }
  input {
    line = "127.0.0.1 - - [23/Nov/2026:08:00:02 +0100] \"GET /healthz HTTP/1.1\" 503 - \"-\" \"probe\""
  }
  expect {
    at    = [dropped]
    count = 1
  }
  expect {
    at       = [destination.file.access]
    count    = 1
    contains = [{ status = 503, bytes = 0 }]
  }
}

test "what is no such line is kept apart as it is" {
  pipeline = pipeline.main

  input {
    line = "2026/11/23 08:00:01 [error] 7#7: *1 open() failed"
  }
  expect {
    at     = [destination.file.unread]
    equals = ["2026/11/23 08:00:01 [error] 7#7: *1 open() failed"]
  }
}
