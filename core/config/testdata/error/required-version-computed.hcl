router {
  required_version = var.version # ERROR: "required_version" must be a text in quotes without references.
}
