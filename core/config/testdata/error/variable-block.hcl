variable "a" {
  type = strin # ERROR: The type of a variable is string, number, bool, any, list(T), set(T), map(T), object({…}) or tuple([…]).
}
variable "b" {
  type    = list(text) # ERROR: The type of a variable is string, number, bool, any, list(T), set(T), map(T), object({…}) or tuple([…]).
  defalut = 1 # ERROR: There is no attribute "defalut" in variable "b".
}
variable "c" {
  default = var.a # ERROR: The default of a variable can't use variables or locals.
}
variable "d" {
  default   = local.x # ERROR: The default of a variable can't use variables or locals.
  sensitive = var.c # ERROR: "sensitive" of a variable can't be computed.
}
variable "e" {
  sensitive = "maybe" # ERROR: "sensitive" must be true or false, not "maybe".
  default   = 1
}
locals {
  x = 1
}
source "tcp" "app" {}

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
