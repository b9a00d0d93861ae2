test "a card number is blotted out in whatever field it stands" {
  pipeline = pipeline.main

  input {
    record = { msg = "paid with 4111 1111 1111 1111", order = { card = "5500000000000004" }, id = 17 }
  }
  expect {
    at     = [destination.file.clean]
    equals = [{ msg = "paid with ****", order = { card = "****" }, id = 17 }]
  }
}

test "a password goes whole" {
  pipeline = pipeline.main

  input {
    record = { user = "ann", password = "correct horse", headers = { authorization = "Bearer abc" } }
  }
  expect {
    at     = [destination.file.clean]
    equals = [{ user = "ann", password = "****", headers = { authorization = "****" } }]
  }
}

test "a line that is no JSON is looked at too" {
  pipeline = pipeline.main

  input {
    line = "login of ann@example.com with token=abc123"
  }
  expect {
    at     = [destination.file.clean]
    equals = ["login of **** with ****"]
  }
}

test "of a record that was cut off nothing is left" {
  pipeline = pipeline.main

  input {
    lines = ["{\"user\":\"ann\",\"password\":\"correct ho", " { \"password\": 1, \"password\": [\"correct horse\"] }"]
  }
  expect {
    at     = [destination.file.clean]
    equals = ["****", " { \"password\": \"****\", \"password\": \"****\" }"]
  }
}
