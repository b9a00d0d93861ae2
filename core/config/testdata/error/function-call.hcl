locals {
  a = upper() # ERROR: upper has too few arguments.
  b = upper("a", "b") # ERROR: upper has too many arguments.
  c = jsondecode("{") # ERROR: An argument of jsondecode can't be used.
  d = regex("[", "x") # ERROR: An argument of regex can't be used.
  e = format("%99999d", 1) # ERROR: An argument of format can't be used.
  f = base64decode("?") # ERROR: An argument of base64decode can't be used.
  g = length(1) # ERROR: An argument of length can't be used.
  h = cidrcontains("10.0.0.0", "10.0.0.1") # ERROR: An argument of cidrcontains can't be used.
  i = matches("(", "x") # ERROR: An argument of matches can't be used.
  j = parseint("z", 10) # ERROR: An argument of parseint can't be used.
  k = jsondecode("[1e99999]") # ERROR: An argument of jsondecode can't be used.
  l = credential("../x") # ERROR: credential can't be computed.
  m = env("A", "b", "c") # ERROR: env can't be computed.
  n = 1 + "x" # ERROR: The right operand is no number.
  o = { a = 1 }.b # ERROR: There is no such element.
  p = [1][3] # ERROR: There is no such element.
  q = startswith(1) # ERROR: startswith has too few arguments.
}
source "tcp" "app" {}

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
