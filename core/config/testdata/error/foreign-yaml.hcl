# A configuration of Vector or of the collector of OpenTelemetry.
# ERROR@+1: This is not HCL: it looks like YAML.
sources:
  in:
    type: socket
    address: 0.0.0.0:9000
