# OPTION: var count=many
# OPTION: var nope=1
# OPTION: var coutn=1
# OPTION: var names=a,b
# OPTION: env SKIDWAY_VAR_flag=perhaps
# ERROR@-: There is no variable "coutn", which --var gives a value.
# ERROR@-: There is no variable "nope", which --var gives a value.
variable "missing" {} # ERROR: The variable "missing" has no value.
variable "count" { # ERROR: The value from --var count of variable "count" must be a number, not a string.
  type = number
}
variable "names" { # ERROR: The value from --var names can't be read.
  type = list(string)
}
variable "flag" { # ERROR: The value from SKIDWAY_VAR_flag of variable "flag" must be true or false, not a string.
  type = bool
}
variable "wrong_default" {
  type    = number
  default = "x" # ERROR: The default of variable "wrong_default" must be a number, not a string.
}
source "tcp" "app" {}
destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
