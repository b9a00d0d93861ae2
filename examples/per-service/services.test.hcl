test "each service has its batches" {
  pipeline = pipeline.main
  now      = "2026-11-23T07:00:00Z"

  input {
    record = { service = "pay", msg = "one" }
  }
  input {
    record = { service = "shop", msg = "two" }
  }
  input {
    record = { service = "pay", msg = "three" }
  }
  input {
    record = { msg = "from nobody" }
  }
  expect {
    at      = [destination.file.services]
    count   = 4
    batches = [2, 1, 1]
  }
}
