plugin "described" {
  source = "./described"
}
plugin "silent" {
  source = "./silent" # WARN: What the plugin "./silent" takes is not known, so its blocks are not checked.
}
plugin "other" {
  source = "./misnamed" # ERROR: The plugin "./misnamed" calls itself "thing".
}
plugin "broken" {
  source = "./broken" # ERROR: The description of the plugin "./broken" is not valid.
}
plugin "greedy" {
  source = "./greedy"
}
source "tcp" "app" {}
source "described" "no" {} # ERROR: The plugin "described" provides no source.
destination "described" "d" {
  color = "blue" # ERROR: There is no attribute "color" in destination "described".
}
destination "silent" "s" {
  anything = 1
  batch {
    max_records = 0 # ERROR: "max_records" must be at least 1, not 0.
  }
}
destination "greedy" "g" {} # ERROR: What the plugin "greedy" says of its destination is not valid: block batch: the name is the router's.
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.described.d, destination.silent.s]
}
