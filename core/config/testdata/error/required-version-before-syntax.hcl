router {
  required_version = ">= 9.0" # ERROR: This is skidway 0.3.0; the configuration requires >= 9.0.
}
locals {
  a = 1 ?? 2
}
