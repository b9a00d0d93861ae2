now = "2026-01-01T00:00:00Z" # ERROR: The attribute "now" must stand in a block.
destination "stdout" "other" {} # ERROR: A test file holds no destination blocks.
locals { # ERROR: A test file holds no locals blocks.
  a = 1
}
tset "x" {} # ERROR: A test file holds no tset blocks.
