locals {
  root = "/var/log"
}
source "tcp" "app" {}
destination "file" "without_base" {
  path = "${record.service}.log" # ERROR: A path that uses record values needs base_dir.
}
destination "file" "without_values" {
  path     = "app.log"
  base_dir = "/var/log" # ERROR: The path uses no record values, so base_dir means nothing.
}
destination "file" "absolute" {
  base_dir = "/var/log"
  path     = "/var/log/${record.service}.log" # ERROR: "path" uses record values, so it is relative to base_dir.
}
destination "file" "absolute_of_a_local" {
  base_dir = "/var/log"
  path     = "${local.root}/${record.service}.log" # ERROR: "path" uses record values, so it is relative to base_dir.
}
destination "file" "absolute_in_a_branch" {
  base_dir = "/var/log"
  path     = record.level == "error" ? "errors/${record.service}.log" : "/etc/x" # ERROR: "path" uses record values, so it is relative to base_dir.
}
destination "file" "parent_in_a_branch" {
  base_dir = "/var/log"
  path     = (record.level == "error" ? (record.service == "a" ? "../x" : "y") : "z") # ERROR: "path" uses record values, so it is made of plain names below base_dir.
}
destination "file" "parent_in_a_branch_of_a_piece" {
  base_dir = "/var/log"
  path     = "logs/${record.level == "error" ? ".." : "z"}/${record.service}.log" # ERROR: "path" uses record values, so it is made of plain names below base_dir.
}
destination "file" "nothing_in_a_branch" {
  base_dir = "/var/log"
  path     = "${record.level == "error" ? "" : record.service}" # ERROR: "path" uses record values, so it is made of plain names below base_dir.
}
destination "file" "branches_of_plain_names" {
  base_dir = "/var/log"
  path     = "${record.level == "error" ? "errors" : record.service}${record.a == "b" ? "/a" : ""}.log"
}
destination "file" "now" {
  base_dir = "/var/log"
  path     = "${formatdate("YYYY-MM-DD", now())}/${record.service}.log" # ERROR: now() can't be used here: the value must be the same whenever it is computed.
}
destination "file" "base_of_a_record" {
  base_dir = "/var/log/${record.tenant}" # ERROR: There are no record values in "base_dir".
  path     = "${record.service}.log"
}
destination "file" "unknown" {
  base_dir = "/var/log"
  path     = "${recrod.service}.log" # ERROR: There is nothing named "recrod" here.
}
destination "file" "meta" {
  base_dir = "/var/log"
  path     = "${meta.tenant}.log" # ERROR: There is no meta.tenant.
}
destination "file" "list" {
  base_dir = "/var/log"
  path     = "${[1, 2]}-${record.service}.log" # ERROR: The value can't stand in a text.
}
destination "file" "call" {
  base_dir = "/var/log"
  path     = lower(record.service, "x") # ERROR: lower has too many arguments.
}
destination "http" "constant" {
  endpoint = "https://${record.host}/push" # ERROR: There are no record values in "endpoint".
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.file.without_base, destination.file.absolute, destination.file.now]
}
