# What is disabled is skipped where it is named, and still shown when asked for.
variable "edge" {
  type    = bool
  default = false
}

router {
  destination_defaults {
    dead_letter {
      to = destination.file.off
    }
  }
}

source "tcp" "app" {}

destination "file" "off" {
  path    = "off.log"
  enabled = var.edge
}

destination "file" "on" {
  path = "on.log"
}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.file.off, destination.file.on]
}
