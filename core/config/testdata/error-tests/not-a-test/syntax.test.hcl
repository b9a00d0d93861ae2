test "broken" {
  pipeline = # ERROR: Invalid expression
}
