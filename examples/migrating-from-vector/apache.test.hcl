# The line of the first test, and what becomes of it, are the example of parse_apache_log in Vector's documentation.

test "a request becomes the fields that parse_apache_log gives" {
  pipeline = pipeline.requests

  input {
    line = "127.0.0.1 bob frank [10/Oct/2000:13:55:36 -0700] \"GET /apache_pb.gif HTTP/1.0\" 200 2326"
  }
  expect {
    at = [destination.file.archive]
    equals = [{
      host      = "127.0.0.1"
      identity  = "bob"
      user      = "frank"
      timestamp = "2000-10-10T20:55:36.000000000Z"
      message   = "GET /apache_pb.gif HTTP/1.0"
      method    = "GET"
      path      = "/apache_pb.gif"
      protocol  = "HTTP/1.0"
      status    = 200
      size      = 2326
    }]
  }
}

test "what Apache writes as a hyphen is left out" {
  pipeline = pipeline.requests

  input {
    line = "127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] \"HEAD / HTTP/1.0\" 304 -"
  }
  expect {
    at = [destination.file.archive]
    equals = [{
      host      = "127.0.0.1"
      timestamp = "2000-10-10T20:55:36.000000000Z"
      message   = "HEAD / HTTP/1.0"
      method    = "HEAD"
      path      = "/"
      protocol  = "HTTP/1.0"
      status    = 304
    }]
  }
}

test "a line of another form is archived as it came" {
  pipeline = pipeline.requests

  input {
    line = "AH00094: Command line: '/usr/sbin/httpd'"
  }
  expect {
    at     = [destination.file.archive]
    equals = ["AH00094: Command line: '/usr/sbin/httpd'"]
  }
}

test "a request with a time that there is none is archived with those of today" {
  pipeline = pipeline.requests
  now      = "2026-11-24T12:00:00Z"

  input {
    line = "127.0.0.1 - - [99/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 1"
  }
  input {
    line = "127.0.0.1 - - [24/Nov/2026:13:00:00 +0100] \"GET / HTTP/1.0\" 200 1"
  }
  expect {
    at      = [destination.file.archive]
    batches = [2]
  }
}

test "a day has a file of its own: the day of the request, in UTC" {
  pipeline = pipeline.requests

  input {
    line = "127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 1"
  }
  input {
    line = "127.0.0.1 - - [10/Oct/2000:17:00:00 -0700] \"GET / HTTP/1.0\" 200 1"
  }
  input {
    line = "127.0.0.1 - - [11/Oct/2000:00:30:00 +0200] \"GET / HTTP/1.0\" 200 1"
  }
  expect {
    at      = [destination.file.archive]
    count   = 3
    batches = [2, 1]
  }
}

test "one request in fifty reaches the search cluster, all reach the archive" {
  pipeline = pipeline.requests

  input {
    line  = "127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 1"
    count = 10000
  }
  expect {
    at    = [destination.file.archive]
    count = 10000
  }
  expect {
    at       = [destination.http.search]
    contains = [{ status = 200 }]

    assert {
      condition     = length(output) > 150 && length(output) < 250
      error_message = "that is not about a fiftieth"
    }
  }
}
