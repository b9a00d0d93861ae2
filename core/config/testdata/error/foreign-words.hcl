# Blocks as other programs call them, in a syntax that happens to be HCL.
input "tcp" "app" {} # ERROR: There is no block "input".
output { # ERROR: There is no block "output".
  stdout {}
}
