test "errors are kept" {
  pipeline = pipeline.main

  input {
    record = { level = "error", trace_id = "a" }
    count  = 100
  }
  expect {
    at    = [destination.file.kept]
    count = 100
  }
}

test "a trace is kept whole or not at all" {
  pipeline = pipeline.main

  input {
    record = { level = "info", trace_id = "4bf92f3577b34da6" }
    count  = 50
  }
  expect {
    at    = [dropped]
    count = 50
  }
}

test "about one in ten is kept of records without a trace" {
  pipeline = pipeline.main

  input {
    line  = "hello"
    count = 10000
  }
  expect {
    at = [destination.file.kept]

    assert {
      condition     = length(output) > 850 && length(output) < 1150
      error_message = "that is not about a tenth"
    }
  }
  expect {
    at = [dropped]
  }
}
