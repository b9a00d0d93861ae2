source "tcp" "a" {
  listen   = vra.listen # ERROR: There is nothing named "vra" here.
  framing  = newline # ERROR: There is nothing named "newline" here.
  oversize = env.OVERSIZE # ERROR: There is nothing named "env" here.
}
source "tcp" "b" {
  listen = source.tcp.a # ERROR: The address of a source is not a value.
}
source "tcp" "c" {
  listen = record.listen # ERROR: There are no record values in "listen".
}
destination "file" "d" {
  path = "fixed.log"
  mode = record.mode # ERROR: There are no record values in "mode".
}
destination "file" "e" {
  base_dir = "/var/log"
  path     = "${meta.pear}.log" # ERROR: There is no meta.pear.
}
destination "file" "f" {
  path = "${rec.service}.log" # ERROR: There is nothing named "rec" here.
}
locals {
  service = raw # ERROR: There are no record values in "service".
}
