source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  transform "redactt" { # ERROR: There is no transform "redactt".
  }
  transform "filter" { # ERROR: There is no transform "filter".
  }
  transform { # ERROR: A transform block takes one label.
  }
  transform "drop" "debug" { # ERROR: A transform block takes one label.
  }
  transform "drop" {} # ERROR: Transform "drop" needs the attribute "when".
  transform "drop" {
    when     = record.level == "debug"
    on_error = "ignore" # ERROR: "on_error" must be "keep", "drop" or "dead_letter", not "ignore".
  }
  transform "drop" {
    when   = record.level == "debug"
    fields = [record.x] # ERROR: There is no attribute "fields" in transform "drop".
  }
  transform "sample" {} # ERROR: Transform "sample" needs the attribute "ratio".
  transform "sample" {
    ratio = 1.5 # ERROR: "ratio" must be at most 1, not 1.5.
  }
  transform "sample" {
    ratio = -0.1 # ERROR: "ratio" must be at least 0, not -0.1.
  }
  transform "sample" {
    ratio = "10%" # ERROR: "ratio" must be a number, not "10%".
  }
  transform "sample" {
    ratio = record.ratio # ERROR: There are no record values in "ratio".
  }
  transform "sample" {
    ratio = 0.1
    key   = recrod.trace # ERROR: There is nothing named "recrod" here.
  }
  transform "set" {} # ERROR: Transform "set" needs the attribute "fields".
  transform "set" {
    fields = "env" # ERROR: This is no object.
  }
  transform "set" {
    fields = [record.env] # ERROR: This is no object.
  }
  transform "set" {
    fields = {} # ERROR: "fields" is empty.
  }
  transform "set" {
    fields = lower(record.env) # ERROR: This is no object.
  }
  transform "set" {
    fields = merge({ a = 1 }, [2]) # ERROR: merge can't be computed.
  }
  transform "set" {
    fields = { env = recrod.env } # ERROR: There is nothing named "recrod" here.
  }
  transform "set" {
    fields = { env = upper() } # ERROR: upper has too few arguments.
  }
  transform "set" {
    fields { # ERROR: "fields" is an attribute in transform "set".
      env = "prod"
    }
  }
  transform "set" {
    fields = { env = "prod" }
    at     = "labels" # ERROR: This is not the name of a field.
  }
  transform "set" {
    fields = { env = "prod" }
    at     = record # ERROR: The record as a whole is no field.
  }
  transform "unset" {} # ERROR: Transform "unset" needs the attribute "fields".
  transform "unset" {
    fields = [] # ERROR: "fields" is empty.
  }
  transform "unset" {
    fields = record.password # ERROR: "fields" must be a list of fields.
  }
  transform "unset" {
    fields = ["password"] # ERROR: This is not the name of a field.
  }
  transform "unset" {
    fields = [meta.peer] # ERROR: There is no field "meta".
  }
  transform "unset" {
    fields = [password] # ERROR: There is no field "password".
  }
  transform "unset" {
    fields = [record.users[0].password] # ERROR: The elements of a list can't be named here.
  }
  transform "unset" {
    fields = [record[record.name]] # ERROR: This is not the name of a field.
  }
  transform "unset" {
    fields = [record.users[*].password] # ERROR: This is not the name of a field.
  }
  transform "unset" {
    fields = [lower(record.password)] # ERROR: This is not the name of a field.
  }
  transform "rename" {
    fields = [record.msg] # ERROR: "fields" must be an object of fields.
  }
  transform "rename" {
    fields = { message = "msg" } # ERROR: This is not the name of a field.
  }
  transform "rename" {
    fields = { (record.name) = record.msg } # ERROR: A new name must be written out.
  }
  transform "rename" {
    fields = { message = record.msg, message = record.text } # ERROR: The new name "message" is given twice.
  }
  transform "rename" {
    fields = {} # ERROR: "fields" is empty.
  }
  to = [destination.stdout.console]
}
