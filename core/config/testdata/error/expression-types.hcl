source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  transform "drop" {
    when = "debug" # ERROR: The condition is never true or false: it is a text.
  }
  transform "drop" {
    when = meta.size # ERROR: The condition is never true or false: it is a number.
  }
  transform "drop" {
    when = null # ERROR: The condition is always null.
  }
  transform "drop" {
    when = [record.level] # ERROR: The condition is never true or false: it is a list.
  }
  transform "drop" {
    when = { level = record.level } # ERROR: The condition is never true or false: it is an object.
  }
  transform "drop" {
    when = 1 + "x" == record.n # ERROR: The right operand is no number.
  }
  transform "drop" {
    when = !"yes" # ERROR: The operand is neither true nor false.
  }
  transform "drop" {
    when = "a" < "b" # ERROR: The left operand is no number. # ERROR: The right operand is no number.
  }
  transform "drop" {
    when = -lower(record.n) == 1 && "x" # ERROR: The right operand is neither true nor false.
  }
  transform "drop" {
    when = matches("(", record.msg) # ERROR: Invalid argument of matches: read pattern: missing closing ) in "(".
  }
  transform "drop" {
    when = regex("[z-a]", record.msg) == "x" # ERROR: Invalid argument of regex: read pattern: invalid character class range in "z-a".
  }
  transform "drop" {
    when = replace(record.msg, "/(/", "") == "x" # ERROR: Invalid argument of replace: read pattern: missing closing ) in "(".
  }
  transform "drop" {
    when = cidrcontains("10.0.0.0/33", record.ip) # ERROR: Invalid argument of cidrcontains: it is no network such as 10.0.0.0/8.
  }
  transform "drop" {
    when = cidrcontains("localhost", record.ip) # ERROR: Invalid argument of cidrcontains: it is no network such as 10.0.0.0/8.
  }
  transform "drop" {
    when = parsetime("yesterday", record.ts) == now() # ERROR: Invalid argument of parsetime: a layout is RFC3339, RFC1123, unix, unix_ms or another name, or the time 2006-01-02 15:04:05 -0700 written as the texts are.
  }
  transform "drop" {
    when = formatdate("nonsense", record.ts) == "x" # ERROR: Invalid argument of formatdate: read format: invalid date format verb "n".
  }
  transform "drop" {
    when = record.n == 1234567890123456789012345678901234567890123456789012345678901234567890 # NOTE: Slow expression: a constant number with so many digits can't be compiled.
  }
  transform "drop" {
    when = parseint("zz", 10) == record.n # ERROR: An argument of parseint can't be used.
  }
  transform "drop" {
    when = jsondecode("{") == record.n # ERROR: An argument of jsondecode can't be used.
  }
  transform "drop" {
    when = tonumber("x") == record.n # ERROR: An argument of tonumber can't be used.
  }
  transform "drop" {
    when = split(",", 1, 2) == record.n # ERROR: split has too many arguments.
  }
  transform "drop" {
    when = length(5) == record.n # ERROR: An argument of length can't be used.
  }
  transform "drop" {
    when = merge("a", record) == record.n # ERROR: merge can't be computed.
  }
  to = [destination.stdout.console]
}
