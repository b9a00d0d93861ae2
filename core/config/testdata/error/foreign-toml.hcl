
# ERROR@+1: This is not HCL: it looks like TOML or INI.
[sources.in]
type = "socket"
