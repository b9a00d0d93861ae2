test "captures" {
  pipeline = pipeline.main
  input {
    line = "x"
  }
  capture {} # ERROR: Block "capture" needs the attribute "destination". # ERROR: Block "capture" needs the attribute "verdict".
  capture {
    destination = destination.stdout.consle # ERROR: There is no "destination.stdout.consle".
    verdict     = "reject"
  }
  capture {
    destination = pipeline.main # ERROR: "destination" can't name a pipeline.
    verdict     = "reject"
  }
  capture {
    destination = destination.stdout.console
    verdict     = "refuse" # ERROR: "verdict" must be "accept" or "reject", not "refuse".
  }
  capture {
    destination = destination.stdout.console # ERROR: What destination.stdout.console answers was said already.
    verdict     = "accept"
  }
  capture {
    destination = destination.stdout.console # ERROR: What destination.stdout.console answers was said already.
    verdict     = "reject"
  }
  expect {
    at = [destination.stdout.console]
  }
}
test "no expect" { # ERROR: Test "no expect" needs a block "expect".
  pipeline = pipeline.main
  input {
    line = "x"
  }
}
test "expects" {
  pipeline = pipeline.main
  input {
    line = "x"
  }
  expect {} # ERROR: Block "expect" needs the attribute "at".
  expect {
    at = [] # ERROR: The expect names no place.
  }
  expect {
    at = [destination.stdout.consle] # ERROR: There is no "destination.stdout.consle".
  }
  expect {
    at = [droped] # ERROR: There is no place "droped".
  }
  expect {
    at = [pipeline.main] # ERROR: "at" can't name a pipeline.
  }
  expect {
    at = ["dropped"] # ERROR: "at" takes addresses, not expressions.
  }
  expect {
    at = dropped # ERROR: "at" must be a list of addresses.
  }
  expect {
    at = [destination.file.off] # ERROR: destination.file.off is disabled: nothing comes to it.
  }
  expect {
    at    = [destination.stdout.console]
    count = -1 # ERROR: "count" must be at least 0, not -1.
  }
  expect {
    at    = [destination.stdout.console]
    count = "one" # ERROR: "count" must be a number, not "one".
  }
  expect {
    at       = [destination.stdout.console]
    contains = { a = 1 } # ERROR: "contains" must be a list of records.
  }
  expect {
    at       = [destination.stdout.console]
    contains = [7] # ERROR: A record is an object, or a text.
  }
  expect {
    at       = [destination.stdout.console]
    contains = [] # ERROR: "contains" is empty.
  }
  expect {
    at     = [destination.stdout.console]
    equals = "x" # ERROR: "equals" must be a list of records.
  }
  expect {
    at     = [destination.stdout.console]
    equals = [["x"]] # ERROR: A record is an object, or a text.
  }
  expect {
    at      = [destination.stdout.console]
    batches = [0] # ERROR: "batches" must be a list of whole numbers above 0.
  }
  expect {
    at      = [destination.stdout.console]
    batches = ["x"] # ERROR: "batches" must be a number, not "x".
  }
  expect {
    at      = [destination.stdout.console]
    batches = 5 # ERROR: "batches" must be a list, not a number.
  }
  expect {
    at      = [dropped] # ERROR: dropped has no batches.
    batches = [5]
  }
  expect {
    at     = [destination.stdout.console]
    equals = [{ a = record.a }] # ERROR: There are no record values in "equals".
  }
  expect {
    at   = [destination.stdout.console]
    that = 7 # ERROR: There is no attribute "that" in block "expect".
  }
}
test "asserts" {
  pipeline = pipeline.main
  input {
    line = "x"
  }
  expect {
    at = [destination.stdout.console]
    assert {} # ERROR: Block "assert" needs the attribute "condition".
    assert {
      condition = outptu[0].a == 1 # ERROR: There is nothing named "outptu" here.
    }
    assert {
      condition = record.a == 1 # ERROR: A condition is about what came out, not about one record.
    }
    assert {
      condition = lenght(output) == 1 # ERROR: There is no function "lenght".
    }
    assert {
      condition     = length(output) == 1
      error_message = output[0] # ERROR: There is nothing named "output" here.
    }
    assert {
      condition = now() == "x" # ERROR: There is no function now at load.
    }
    assert {
      condition = length(output, 1) == 1 # ERROR: length has too many arguments.
    }
    assert {
      condition = length(output) # ERROR: The condition is a number, not true or false.
    }
  }
}
