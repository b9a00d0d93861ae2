# What can't be read is not taken for what it is not.
variable "network" { # NOTE: The variable "network" has no value here.
  sensitive = true
}
source "tcp" "app" {}
destination "file" "f" {
  base_dir = "/var/log"
  path     = "${formatdate(env("FORMAT"), meta.received_at)}/${record.service}.log" # NOTE: The environment variable "FORMAT" is not set.
}
pipeline "main" {
  from = [source.tcp.app]
  transform "drop" {
    when = cidrcontains(var.network, meta.peer)
  }
  transform "drop" {
    when = env("FLAG") # NOTE: The environment variable "FLAG" is not set.
  }
  transform "set" {
    fields = {
      a = jsondecode(file("absent.json")).name # NOTE: The file "absent.json" can't be read: there is no such file.
      b = parseint(env("NUMBER"), 10) + 1 # NOTE: The environment variable "NUMBER" is not set.
    }
  }
  transform "set" {
    fields = jsondecode(file("fields.json")) # NOTE: The file "fields.json" can't be read: there is no such file.
  }
  transform "sample" {
    ratio = env("RATIO") # NOTE: The environment variable "RATIO" is not set.
    key   = tonumber(env("KEY")) # NOTE: The environment variable "KEY" is not set.
  }
  transform "parse" {
    format    = env("FORMAT") # NOTE: The environment variable "FORMAT" is not set.
    field     = record.time
    layout    = env("LAYOUT") # NOTE: The environment variable "LAYOUT" is not set.
    time_zone = env("ZONE") # NOTE: The environment variable "ZONE" is not set.
    columns   = [env("A"), env("B")] # NOTE: The environment variable "A" is not set. # NOTE: The environment variable "B" is not set.
  }
  transform "parse" {
    format    = "timestamp"
    field     = record.time
    layout    = env("LAYOUT") # NOTE: The environment variable "LAYOUT" is not set.
    time_zone = env("ZONE") # NOTE: The environment variable "ZONE" is not set.
  }
  transform "parse" {
    format = "regex"
    regex  = env("REGEX") # NOTE: The environment variable "REGEX" is not set.
  }
  transform "redact" {
    pattern = env("BLOT") # NOTE: The environment variable "BLOT" is not set.
  }
  transform "redact" {
    patterns = [env("SHAPE")] # NOTE: The environment variable "SHAPE" is not set.
    with     = env("WITH") # NOTE: The environment variable "WITH" is not set.
  }
  route "unknown" {
    when  = matches(env("PATTERN"), record.msg) && parseint(env("NUMBER"), 10) > 1 # NOTE: The environment variable "PATTERN" is not set. # NOTE: The environment variable "NUMBER" is not set.
    to    = [destination.file.f]
    final = true
  }
  route "last" {
    to = [destination.file.f]
  }
}
