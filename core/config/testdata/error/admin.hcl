router {
  admin {
    socket       = "" # ERROR: "socket" must not be empty.
    socket_group = "a b" # ERROR: "socket_group" does not have the right form, not "a b".
    sockets      = "x" # ERROR: There is no attribute "sockets" in block "admin".
  }
  admin {} # ERROR: There is a block "admin" already, at testdata/error/admin.hcl:2.
}
source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
