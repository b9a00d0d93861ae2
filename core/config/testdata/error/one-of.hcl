router {
  log_level  = "verbose" # ERROR: "log_level" must be "debug", "info", "warn" or "error", not "verbose".
  log_format = "jsn" # ERROR: "log_format" must be "auto", "text" or "json", not "jsn".
}
source "tcp" "app" {
  framing  = "newlines" # ERROR: "framing" must be "newline" or "octet_counted", not "newlines".
  oversize = 3 # ERROR: "oversize" must be "truncate" or "drop", not "3".
}
destination "stdout" "console" {
  format = "pretty" # ERROR: "format" must be "raw" or "envelope", not "pretty".
  backlog {
    when_full = "drop" # ERROR: "when_full" must be "block" or "drop_oldest", not "drop".
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
