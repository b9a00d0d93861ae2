# OPTION: env SECRET=x
variable "level" {
  type    = string
  default = "error"
}
locals {
  env = "prod"
}
source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  transform "drop" {
    when = recrod.level == "debug" # ERROR: There is nothing named "recrod" here.
  }
  transform "drop" {
    when = level == "debug" # ERROR: There is nothing named "level" here.
  }
  transform "drop" {
    when = meta.sorce == "source.tcp.app" # ERROR: There is no meta.sorce.
  }
  transform "drop" {
    when = meta.peer.port == 80 # ERROR: meta.peer has no fields.
  }
  transform "drop" {
    when = meta[0] == "x" # ERROR: meta is no list.
  }
  transform "drop" {
    when = raw.level == "debug" # ERROR: raw is a text: it has no fields.
  }
  transform "drop" {
    when = startwith(record.path, "/healthz") # ERROR: There is no function "startwith".
  }
  transform "drop" {
    when = record.level == var.levl # ERROR: There is no variable "levl".
  }
  transform "drop" {
    when = record.env == local.envv # ERROR: There is no local value "envv".
  }
  transform "drop" {
    when = record.env == local # ERROR: local alone is no value.
  }
  transform "drop" {
    when = record.env == lower # ERROR: There is nothing named "lower" here.
  }
  transform "drop" {
    when = record.source == source.tcp.app # ERROR: The address of a source is not a value.
  }
  transform "drop" {
    when = output[0].level == "debug" # ERROR: There is nothing named "output" here.
  }
  transform "drop" {
    when = startswith("debug") # ERROR: startswith has too few arguments.
  }
  transform "drop" {
    when = startswith(record.level, "de", "bug") # ERROR: startswith has too many arguments.
  }
  transform "drop" {
    when = lower(record.level, "x") == "debug" # ERROR: lower has too many arguments.
  }
  transform "drop" {
    when = now(1) == record.ts # ERROR: now() takes no arguments.
  }
  transform "drop" {
    when = record.env == env(record.name) # ERROR: env is called once, when the configuration is loaded, so it can't be given anything of a record.
  }
  transform "drop" {
    when = record.env == file(meta.peer) # ERROR: file is called once, when the configuration is loaded, so it can't be given anything of a record.
  }
  transform "drop" {
    when = contains([for t in record.tags : lower(t)], "debug") # ERROR: There are no loops in this language.
  }
  transform "drop" {
    when = contains(record.items[*][record.name], "debug") # ERROR: The steps after [*] can't use record values.
  }
  transform "drop" {
    when = timestamp() == record.ts # ERROR: There is no function "timestamp".
  }
  to = [destination.stdout.console]
}
