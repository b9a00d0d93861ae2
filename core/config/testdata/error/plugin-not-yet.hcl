plugin "nats" {
  source     = "registry.example.com/acme/skidway-plugin-nats" # ERROR: Plugins from elsewhere are not supported yet.
  version    = "~> 1.2" # ERROR: "version" is not supported yet.
  keys       = ["RWQ"] # ERROR: "keys" is not supported yet.
  signature  = "required" # ERROR: "signature" is not supported yet.
  user       = "nobody" # ERROR: "user" is not supported yet.
  max_memory = "256MiB" # ERROR: "max_memory" is not supported yet.
  max_cpu    = 1.0 # ERROR: "max_cpu" is not supported yet.
}
plugin "acme" {
  source = "https://example.com/plugin" # ERROR: Plugins from elsewhere are not supported yet.
}
source "tcp" "app" {}

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
