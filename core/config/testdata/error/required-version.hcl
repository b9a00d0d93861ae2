router {
  required_version = ">= 9.0" # ERROR: This is skidway 0.3.0; the configuration requires >= 9.0.
  unknown_word     = true
}
unknown "block" {}
