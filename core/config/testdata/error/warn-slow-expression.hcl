source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  transform "drop" {
    when = format("%s", record.level) == "debug" # NOTE: Slow expression: format() can't be compiled.
  }
  transform "set" {
    fields = {
      first = try(record.list[0], "none") # NOTE: Slow expression: an element of a list can't be compiled.
      all   = join(",", record.list[*].name) # NOTE: Slow expression: join() can't be compiled.
    }
  }
  to = [destination.stdout.console]
}
