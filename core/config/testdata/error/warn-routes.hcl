variable "everything" {
  type    = bool
  default = true
}
source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  route "errors" {
    when = record.level == "error"
    to   = [destination.stdout.console]
  }
  route "all" {
    when  = var.everything
    to    = [destination.stdout.console]
    final = true
  }
  route "never" { # WARN: No record comes to the route "never": "all" takes all of them and is final.
    when = record.level == "error"
    to   = [destination.stdout.console]
  }
  otherwise {
    drop = true
  }
}
# A condition that is always true makes otherwise needless.
pipeline "without" {
  from = [source.tcp.app]
  route "all" {
    when = 1 < 2
    to   = [destination.stdout.console]
  }
}
# Nothing comes to otherwise where no route before can fail.
pipeline "needless" {
  from = [source.tcp.app]
  route "all" {
    to = [destination.stdout.console]
  }
  otherwise { # WARN: No record comes to otherwise: the route "all" takes all of them.
    drop = true
  }
}
