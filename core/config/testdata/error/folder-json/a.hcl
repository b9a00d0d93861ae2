# ERROR@-: "testdata/error/folder-json/b.hcl.json" is in HCL's JSON form, which is not supported.
source "tcp" "app" {}
