# The expected records are what syslog-ng 3.38.1 wrote for the same lines with the syslog-ng.conf of this folder.

test "a request becomes the fields that syslog-ng gives, and the parts of its time" {
  pipeline = pipeline.main

  input {
    line = "192.168.1.1 - - [31/Dec/2007:00:17:10 +0100] \"GET /cgi-bin/example.cgi HTTP/1.1\" 200 2708 \"-\" \"curl/7.15.5 (i4 >86-pc-linux-gnu)\" 2 example.mycompany"
  }
  expect {
    at = [destination.file.users]
    equals = [{
      client  = "192.168.1.1"
      ident   = "-"
      user    = "-"
      time    = "31/Dec/2007:00:17:10 +0100"
      request = "GET /cgi-bin/example.cgi HTTP/1.1"
      status  = "200"
      bytes   = "2708"
      referer = "-"
      agent   = "curl/7.15.5 (i4 >86-pc-linux-gnu)"
      seconds = "2"
      server  = "example.mycompany"
      when    = { day = "31", month = "Dec", year = "2007", hour = "00", min = "17", sec = "10", zone = "+0100" }
    }]
  }
}

test "each user has a file, and so have those without a name" {
  pipeline = pipeline.main

  input {
    line = "10.0.0.7 - ann [31/Dec/2007:00:17:11 +0100] \"POST /cart HTTP/1.1\" 500 12 \"-\" \"x\" 0 shop.example"
  }
  input {
    line = "10.0.0.7 - bob [31/Dec/2007:00:17:11 +0100] \"POST /cart HTTP/1.1\" 500 12 \"-\" \"x\" 0 shop.example"
  }
  input {
    line = "10.0.0.7 - ann [31/Dec/2007:00:17:12 +0100] \"GET /cart HTTP/1.1\" 200 12 \"-\" \"x\" 0 shop.example"
  }
  input {
    line = "10.0.0.7 - \"\" [31/Dec/2007:00:17:13 +0100] \"GET / HTTP/1.1\" 200 12 \"-\" \"x\" 0 shop.example"
  }
  expect {
    at      = [destination.file.users]
    count   = 4
    batches = [2, 1, 1] # of ann, of bob, and of those without a name

    assert {
      condition     = try(output[3].user, null) == null
      error_message = "the user without a name has one"
    }
  }
}

test "the probe is dropped" {
  pipeline = pipeline.main

  input {
    line = "127.0.0.1 - - [31/Dec/2007:00:17:13 +0100] \"GET /healthz HTTP/1.1\" 200 2 \"-\" \"probe\" 0 shop.example"
  }
  expect {
    at    = [dropped]
    count = 1
  }
  expect {
    at    = [destination.file.users]
    count = 0
  }
}

test "a line of another form is kept as it came" {
  pipeline = pipeline.main

  input {
    line = "AH00094: Command line: '/usr/sbin/httpd'"
  }
  expect {
    at     = [destination.file.users]
    equals = ["AH00094: Command line: '/usr/sbin/httpd'"]
  }
}
