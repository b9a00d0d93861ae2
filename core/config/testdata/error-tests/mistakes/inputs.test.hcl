test "forms" {
  pipeline = pipeline.main
  input {} # ERROR: An input gives one of record, line and lines.
  input { # ERROR: An input gives one of record, line and lines.
    line   = "x"
    record = { a = 1 }
  }
  input { # ERROR: An input gives one of record, line and lines.
    lines = ["x"]
    line  = "x"
  }
  input {
    record = "text" # ERROR: "record" must be an object, not a string.
  }
  input {
    record = [1] # ERROR: "record" must be an object, not a list.
  }
  input {
    line = { a = 1 } # ERROR: "line" must be a string, not an object.
  }
  input {
    lines = "x" # ERROR: "lines" must be a list, not a string.
  }
  input {
    lines = [["x"]] # ERROR: "lines" must be a string, not a list.
  }
  input {
    lines = [] # ERROR: "lines" is empty.
  }
  input {
    lines = ["", "\n", "\r\n"] # ERROR: "lines" is empty.
  }
  input {
    line = "" # ERROR: "line" is empty, and an empty line is no record.
  }
  input {
    line = "\n" # ERROR: "line" is empty, and an empty line is no record.
  }
  input {
    line = record.x # ERROR: There are no record values in "line".
  }
  input {
    line  = "x"
    count = 0 # ERROR: "count" must be at least 1, not 0.
  }
  input {
    line  = "x"
    count = 1.5 # ERROR: "count" must be a whole number, not 1.5.
  }
  input {
    line  = "x"
    count = 200000 # ERROR: "count" must be at most 100000, not 200000.
  }
  input {
    line  = "x"
    after = "10" # ERROR: "after" must be a duration, not "10".
  }
  input {
    line  = "x"
    after = "-1s" # ERROR: "after" must be a duration, not "-1s".
  }
  input {
    record = { a = 1 / 0 } # ERROR: The record can't be written as JSON: json: unsupported value: +Inf.
  }
  expect {
    at = [destination.stdout.console]
  }
}
test "meta" {
  pipeline = pipeline.main
  input {
    line = "x"
    meta = { pear = "192.0.2.1" } # ERROR: There is no meta.pear that an input can give.
  }
  input {
    line = "x"
    meta = { peer = "localhost" } # ERROR: "localhost" is not an address.
  }
  input {
    line = "x"
    meta = { peer = 7 } # ERROR: meta.peer must be a text.
  }
  input {
    line = "x"
    meta = { peer_port = 70000 } # ERROR: meta.peer_port must be at most 65535.
  }
  input {
    line = "x"
    meta = { peer_port = "80" } # ERROR: meta.peer_port must be a whole number that is not negative.
  }
  input {
    line = "x"
    meta = { id = -1 } # ERROR: meta.id must be a whole number that is not negative.
  }
  input {
    line = "x"
    meta = { id = 1.5 } # ERROR: meta.id must be a whole number that is not negative.
  }
  input {
    line = "x"
    meta = { truncated = "yes" } # ERROR: meta.truncated must be true or false.
  }
  input {
    line = "x"
    meta = { received_at = "noon" } # ERROR: "noon" is not a time in RFC 3339.
  }
  input {
    line = "x"
    meta = { size = 7 } # ERROR: There is no meta.size that an input can give.
  }
  input {
    line = "x"
    meta = { source = source.tcp.app } # ERROR: The address of a source is not a value.
  }
  input {
    line = "x"
    meta = "source.tcp.app" # ERROR: "meta" must be an object, not a string.
  }
  input {
    line = "x"
    meta = { source = null, client_name = ["x"] } # ERROR: meta.source must be a text. # ERROR: meta.client_name must be a text.
  }
  input {
    line = "x"
    meta = { source = "source.tcp.ap" } # ERROR: There is no source "source.tcp.ap".
  }
  expect {
    at = [destination.stdout.console]
  }
}
