source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "no_otherwise" { # ERROR: The pipeline "no_otherwise" does not say what becomes of records that no route takes.
  from = [source.tcp.app]
  route "errors" {
    when = record.level == "error"
    to   = [destination.stdout.console]
  }
}
pipeline "no_to" {
  from = [source.tcp.app]
  route "errors" { # ERROR: Route "errors" needs the attribute "to".
    when = record.level == "error"
  }
  otherwise {
    drop = true
  }
}
pipeline "empty_to" {
  from = [source.tcp.app]
  route "errors" {
    when = record.level == "error"
    to   = [] # ERROR: The route "errors" leads nowhere.
  }
  otherwise {
    drop = true
  }
}
pipeline "to_and_drop" {
  from = [source.tcp.app]
  route "errors" {
    when = record.level == "error"
    to   = [destination.stdout.console]
  }
  otherwise {
    to   = [destination.stdout.console] # ERROR: "to" can't stand beside drop = true.
    drop = true
  }
}
pipeline "otherwise_nowhere" {
  from = [source.tcp.app]
  route "errors" {
    when = record.level == "error"
    to   = [destination.stdout.console]
  }
  otherwise {} # ERROR: The otherwise leads nowhere.
}
pipeline "otherwise_keeps" {
  from = [source.tcp.app]
  route "errors" {
    when = record.level == "error"
    to   = [destination.stdout.console]
  }
  otherwise { # ERROR: The otherwise leads nowhere.
    drop = false
  }
}
pipeline "two_otherwise" {
  from = [source.tcp.app]
  route "errors" {
    when = record.level == "error"
    to   = [destination.stdout.console]
  }
  otherwise {
    drop = true
  }
  otherwise { # ERROR: There is a block "otherwise" already, at testdata/error/pipeline-routes.hcl:64.
    drop = true
  }
}
pipeline "to_beside_routes" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
  route "errors" { # ERROR: "route" can't stand beside "to".
    when = record.level == "error"
    to   = [destination.stdout.console]
  }
}
pipeline "to_beside_otherwise" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
  otherwise { # ERROR: "otherwise" can't stand beside "to".
    drop = true
  }
}
pipeline "otherwise_alone" {
  from = [source.tcp.app]
  otherwise { # ERROR: There is an otherwise and no route.
    to = [destination.stdout.console]
  }
}
pipeline "labels" {
  from = [source.tcp.app]
  route { # ERROR: A route block takes one label.
    to = [destination.stdout.console]
  }
  route "a" "b" { # ERROR: A route block takes one label.
    to = [destination.stdout.console]
  }
  route "what is wrong" { # ERROR: "what is wrong" is not a name.
    to = [destination.stdout.console]
  }
  otherwise "x" { # ERROR: The block "otherwise" takes no labels.
    drop = true
  }
}
pipeline "twice" {
  from = [source.tcp.app]
  route "errors" {
    when = record.level == "error"
    to   = [destination.stdout.console]
  }
  route "errors" { # ERROR: There is a route "errors" already, at testdata/error/pipeline-routes.hcl:109.
    when = record.level == "fatal"
    to   = [destination.stdout.console]
  }
  otherwise {
    drop = true
  }
}
pipeline "addresses" {
  from = [source.tcp.app]
  route "a" {
    to = [destination.stdout.consle] # ERROR: There is no "destination.stdout.consle".
  }
  route "b" {
    to = [source.tcp.app] # ERROR: "to" can't name a source.
  }
  route "c" {
    to = ["destination.stdout.console"] # ERROR: "to" takes addresses, not expressions.
  }
  route "d" {
    to = destination.stdout.console # ERROR: "to" must be a list of addresses.
  }
  route "e" {
    to = record.level == "x" ? [destination.stdout.console] : [] # ERROR: "to" must be a list of addresses.
  }
}
pipeline "words" {
  from = [source.tcp.app]
  route "a" {
    if    = record.level == "error" # ERROR: There is no attribute "if" in route "a".
    to    = [destination.stdout.console]
    final = "perhaps" # ERROR: "final" must be true or false, not "perhaps".
  }
  route "b" {
    when = record.level == "error"
    to   = [destination.stdout.console]
    transform "drop" { # ERROR: There is no block "transform" in route "b".
      when = true
    }
  }
  otherwise {
    when = true # ERROR: There is no attribute "when" in block "otherwise".
    drop = record.level == "x" # ERROR: There are no record values in "drop".
  }
}
