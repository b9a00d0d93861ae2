locals {
  a = upper() # ERROR: Not enough function arguments
  b = upper("a", "b") # ERROR: Too many function arguments
  c = jsondecode("{") # ERROR: Error in function call
  d = regex("[", "x") # ERROR: Invalid function argument
  e = format("%99999d", 1) # ERROR: Invalid function argument
  f = base64decode("?") # ERROR: Invalid function argument
  g = length(1) # ERROR: Invalid function argument
  h = cidrcontains("10.0.0.0", "10.0.0.1") # ERROR: Invalid function argument
  i = matches("(", "x") # ERROR: Invalid function argument
  j = parseint("z", 10) # ERROR: Invalid function argument
  k = jsondecode("[1e99999]") # ERROR: Invalid function argument
  l = credential("../x") # ERROR: Error in function call
  m = env("A", "b", "c") # ERROR: Error in function call
  n = 1 + "x" # ERROR: Invalid operand
  o = { a = 1 }.b # ERROR: Unsupported attribute
  p = [1][3] # ERROR: Invalid index
  q = startswith(1) # ERROR: Not enough function arguments
}
source "tcp" "app" {}

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
