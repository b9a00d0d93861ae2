test "is looked at all the same" {
  pipeline = pipeline.man # ERROR: There is no "pipeline.man".
  input {
    line = "x"
  }
  expect {
    at = [destination.stdout.console]
  }
}
