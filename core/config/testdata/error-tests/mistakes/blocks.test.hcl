test "nothing in it" {} # ERROR: Test "nothing in it" needs the attribute "pipeline". # ERROR: Test "nothing in it" needs a block "input". # ERROR: Test "nothing in it" needs a block "expect".
test "unknown pipeline" {
  pipeline = pipeline.mian # ERROR: There is no "pipeline.mian".
  input {
    line = "x"
  }
  expect {
    at = [destination.stdout.console]
  }
}
test "no pipeline" {
  pipeline = destination.stdout.console # ERROR: "pipeline" can't name a destination.
  input {
    line = "x"
  }
  expect {
    at = [destination.stdout.console]
  }
}
test "disabled pipeline" {
  pipeline = pipeline.off # ERROR: pipeline.off is disabled.
  input {
    line = "x"
  }
  expect {
    at = [destination.stdout.console]
  }
}
test "quoted pipeline" {
  pipeline = "pipeline.main" # ERROR: "pipeline" takes addresses, not expressions.
  input {
    line = "x"
  }
  expect {
    at = [destination.stdout.console]
  }
}
test "no time" {
  pipeline = pipeline.main
  now      = "yesterday" # ERROR: "yesterday" is not a time.
  input {
    line = "x"
  }
  expect {
    at = [destination.stdout.console]
  }
}
test "words" {
  pipeline = pipeline.main
  clock    = "2026-01-01T00:00:00Z" # ERROR: There is no attribute "clock" in test "words".
  inputs { # ERROR: There is no block "inputs" in test "words".
    line = "x"
  }
  input {
    line = "x"
  }
  expect {
    at = [destination.stdout.console]
  }
}
test "same name" {
  pipeline = pipeline.main
  input {
    line = "x"
  }
  expect {
    at = [destination.stdout.console]
  }
}
test "same name" { # ERROR: There is a test "same name" already, at testdata/error-tests/mistakes/blocks.test.hcl:61.
  pipeline = pipeline.main
  input {
    line = "x"
  }
  expect {
    at = [destination.stdout.console]
  }
}
test { # ERROR: A test block takes one label.
  pipeline = pipeline.main
}
test "" { # ERROR: A test block takes one label.
  pipeline = pipeline.main
}
test "a" "b" { # ERROR: A test block takes one label.
  pipeline = pipeline.main
}
