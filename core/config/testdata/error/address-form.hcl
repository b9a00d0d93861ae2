source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "text" {
  from = ["source.tcp.app"] # ERROR: "from" takes addresses, not expressions.
  to   = destination.stdout.console # ERROR: "to" must be a list of addresses.
}
pipeline "computed" {
  from = [true ? source.tcp.app : source.tcp.app] # ERROR: "from" takes addresses, not expressions.
  to   = [destination.stdout["console"], destination.stdout.console, destination.stdout.console] # ERROR: An address is made of names and dots. # WARN: destination.stdout.console stands twice in "to".
}
