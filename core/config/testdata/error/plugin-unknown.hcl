source "tpc" "app" {} # ERROR: No plugin provides the source type "tpc".
source "stdout" "x" {} # ERROR: The plugin "stdout" provides no source.
destination "htp" "c" { # ERROR: No plugin provides the destination type "htp".
  endpoint = "https://logs.example"
}
destination "simulator" "s" {} # ERROR: The plugin "simulator" provides no destination.
destination "kafka" "k" {} # ERROR: No plugin provides the destination type "kafka".
