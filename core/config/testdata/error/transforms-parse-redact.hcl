source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  transform "parse" {} # ERROR: Transform "parse" needs the attribute "format".
  transform "parse" {
    format = "xml" # ERROR: "format" must be "json", "logfmt", "kv", "csv", "regex", "syslog" or "timestamp", not "xml".
  }
  transform "parse" { # ERROR: Format "regex" needs the attribute "regex".
    format = "regex"
  }
  transform "parse" {
    format = "regex"
    regex  = "^(\\S+) (.*)$" # ERROR: The expression has no named group, so it yields no field.
  }
  transform "parse" {
    format = "regex"
    regex  = "(?P<host" # ERROR: This is not a regular expression: invalid named capture: `(?P<host`.
  }
  transform "parse" {
    format = "regex"
    regex  = record.pattern # ERROR: There are no record values in "regex".
  }
  transform "parse" {
    format = "json"
    regex  = "(?P<host>.*)" # ERROR: "regex" means nothing for format "json".
  }
  transform "parse" {
    format = "json"
    layout = "unix" # ERROR: "layout" means nothing for format "json".
  }
  transform "parse" {
    format  = "logfmt"
    columns = ["a"] # ERROR: "columns" means nothing for format "logfmt".
  }
  transform "parse" {
    format    = "csv"
    time_zone = "UTC" # ERROR: "time_zone" means nothing for format "csv".
  }
  transform "parse" {
    format = "timestamp"
    field  = record.time
    layout = "yesterday" # ERROR: "yesterday" is not the layout of a time.
  }
  transform "parse" {
    format = "timestamp"
    field  = record.time
    layout = "%Y-%m-%d" # ERROR: "%Y-%m-%d" is not the layout of a time.
  }
  transform "parse" {
    format = "timestamp"
    field  = record.time
    layout = "15:04:05" # ERROR: "15:04:05" shows no month and day of a time.
  }
  transform "parse" {
    format = "timestamp"
    field  = record.time
    layout = "Jan 2006" # ERROR: "Jan 2006" shows no month and day of a time.
  }
  transform "parse" {
    format    = "timestamp"
    field     = record.time
    time_zone = "Mars/Phobos" # ERROR: "Mars/Phobos" is no time zone.
  }
  transform "parse" {
    format    = "syslog"
    time_zone = "Local" # ERROR: "Local" is no time zone.
  }
  transform "parse" {
    format = "json"
    field  = record # ERROR: The record as a whole is no field.
  }
  transform "parse" {
    format = "json"
    field  = raw # ERROR: There is no field "raw".
  }
  transform "parse" {
    format = "json"
    field  = record.message
    into   = "parsed" # ERROR: This is not the name of a field.
  }
  transform "parse" {
    format = "csv"
    columns = ["a", "a"] # ERROR: "a" is there twice.
  }
  transform "parse" {
    format  = "csv"
    columns = ["a", "", ""] # ERROR: Column 2 has no name. # ERROR: Column 3 has no name.
  }
  transform "parse" { # ERROR: Format "timestamp" needs the attribute "field", "into", or both.
    format = "timestamp"
  }
  transform "redact" {} # ERROR: The redact does not say what to blot out.
  transform "redact" {
    pattern  = "token=\\S+"
    on_error = "keep" # ERROR: "on_error" must be "drop" or "dead_letter", not "keep".
  }
  transform "redact" {
    pattern = "[0-9]*" # ERROR: The pattern matches the empty text.
  }
  transform "redact" {
    pattern = "(^|\\b)\\b" # ERROR: The pattern matches places between characters only, so it blots out nothing.
  }
  transform "redact" {
    pattern = "([0-9]" # ERROR: This is not a regular expression: missing closing ): `([0-9]`.
  }
  transform "redact" {
    patterns = ["card", "phone"] # ERROR: "patterns" must be "email", "card", "iban", "ipv4" or "jwt", not "phone".
  }
  transform "redact" {
    patterns = [] # ERROR: "patterns" is empty.
  }
  transform "redact" {
    fields = [] # ERROR: "fields" is empty.
  }
  transform "redact" {
    fields  = [record.card]
    with    = record.with # ERROR: There are no record values in "with".
  }
  transform "redact" {
    fields = [record.card]
    with   = "*\n*" # ERROR: "with" holds a line feed, which would make two lines of one.
  }
  to = [destination.stdout.console]
}
