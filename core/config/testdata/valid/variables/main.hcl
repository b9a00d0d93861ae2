# OPTION: env SKIDWAY_VAR_from_env=from the environment
# OPTION: env SKIDWAY_VAR_from_var=from the environment
# OPTION: env SKIDWAY_VAR_ports=[1, 2]
# OPTION: var from_var=from the command line
# OPTION: var count=3
# OPTION: var flag=false
# OPTION: var_file more.values
# OPTION: env TOKEN=hunter2
variable "from_default" {
  default = "from the default"
}
variable "from_folder" {
  default = "from the default"
}
variable "from_file" {
  default = "from the default"
}
variable "from_env" {}
variable "from_var" {
  default = "from the default"
}
variable "ports" {
  type = list(number)
}
variable "count" {
  type = number
}
variable "flag" {
  type = bool
}
variable "token" {
  type        = string
  description = "for the collector"
  sensitive   = true
  default     = env("TOKEN", "")
}

locals {
  all   = { for_default = var.from_default, for_folder = var.from_folder, for_file = var.from_file, for_env = var.from_env, for_var = var.from_var }
  later = "${local.first}-${upper(local.first)}"
  first = join("+", ["a", "b"])
}

source "tcp" "app" {
  max_connections = var.count + length(var.ports)
}

destination "kitchen" "k" {
  topic    = local.later
  flag     = var.flag
  shape    = merge(local.all, { token = var.token })
  template = "<${file("note.txt")}>"
  target {
    url = format("https://%s.example:%d", "a", 8000 + var.ports[1])
  }
}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.kitchen.k]
}
