source "tcp" "app" {}
destination "stdout" "off" {
  enabled = false
}
destination "stdout" "on" {
  dead_letter {
    to = destination.stdout.off # WARN: destination.stdout.off is disabled: dead letters go to the store in memory.
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.off] # WARN: All that pipeline.main leads to is disabled: its records are dropped.
}
pipeline "on" {
  from = [source.tcp.app]
  to   = [destination.stdout.on]
}
