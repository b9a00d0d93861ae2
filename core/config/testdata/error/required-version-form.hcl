router {
  required_version = "newest" # ERROR: "required_version" is not a version constraint, but "newest".
}
