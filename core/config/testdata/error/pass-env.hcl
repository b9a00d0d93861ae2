plugin "acme" {
  source   = "./acme" # WARN: What the plugin "./acme" takes is not known, so its blocks are not checked.
  pass_env = ["AWS_REGION", "1X"] # ERROR: "pass_env" does not have the right form, not "1X".
}
source "tcp" "app" {}

destination "stdout" "console" {}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
