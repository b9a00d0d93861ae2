source "tcp" "app" {} # ERROR: source.tcp.app is already there, at testdata/error/folder-address-twice/a.hcl:1.
