# A mistake in HCL is answered as one.
source.tcp "app" {} # ERROR: Argument or block definition required
