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
  path = "/var/log/${record.service}.log" # ERROR: A path that uses record values is not supported yet.
}
destination "file" "f" {
  path = "/var/log/fixed.log"
  tag  = raw # ERROR: A tag that uses record values is not supported yet.
}
destination "file" "e" {
  path = "/var/log/${meta.peer}.log" # ERROR: A path that uses record values is not supported yet.
}
