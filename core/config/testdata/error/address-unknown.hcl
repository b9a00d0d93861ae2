source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.ap, surce.tcp.app, source.udp.other] # ERROR: There is no "source.tcp.ap". # ERROR: "surce.tcp.app" is not an address. # ERROR: There is no "source.udp.other".
  to   = [destination.stdout.consol, pipeline.mian, elsewhere.x] # ERROR: There is no "destination.stdout.consol". # ERROR: There is no "pipeline.mian". # ERROR: "elsewhere.x" is not an address.
}
