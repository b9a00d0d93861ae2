source "tcp" "app" {
  enabled = false
  listn   = "127.0.0.1:8080" # ERROR: There is no attribute "listn" in source "tcp".
}
destination "stdout" "off" {
  enabled = maybe # ERROR: There is nothing named "maybe" here.
}
pipeline "off" {
  enabled = false
  from    = [source.tcp.app, source.tcp.nope] # ERROR: There is no "source.tcp.nope".
  to      = [destination.stdout.off]
}
