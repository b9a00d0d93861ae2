# OPTION: env TOKEN=(hunter2[
variable "token" {
  type      = string
  sensitive = true
  default   = "(hunter2["
}
source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  transform "drop" {
    when = matches(var.token, record.msg) # ERROR: Invalid argument of matches.
  }
  transform "drop" {
    when = matches(upper(var.token), record.msg) # ERROR: Invalid argument of matches.
  }
  transform "drop" {
    when = parseint(upper(env("TOKEN")), 10) == record.n # ERROR: An argument of parseint can't be used.
  }
  transform "set" {
    fields = { n = tonumber(base64encode(var.token)) } # ERROR: An argument of tonumber can't be used.
  }
  transform "parse" {
    format = "regex"
    regex  = var.token # ERROR: This is not a regular expression.
  }
  transform "parse" {
    format    = "syslog"
    time_zone = var.token # ERROR: The value is no time zone.
  }
  transform "parse" {
    format = "timestamp"
    field  = record.t
    layout = sensitive("hunter") # ERROR: The value is not the layout of a time.
  }
  transform "redact" {
    pattern = var.token # ERROR: This is not a regular expression.
  }
  transform "redact" {
    patterns = [var.token] # ERROR: "patterns" must be "email", "card", "iban", "ipv4" or "jwt".
  }
  to = [destination.stdout.console]
}
