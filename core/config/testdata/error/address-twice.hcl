source "tcp" "app" {}
source "tcp" "app" {} # ERROR: source.tcp.app is already there, at testdata/error/address-twice.hcl:1.
destination "stdout" "console" {}
router {}
router {} # ERROR: router is already there, at testdata/error/address-twice.hcl:4.
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
