source "tcp" "app" {
  listen          = ["127.0.0.1:8080"] # ERROR: "listen" must be a string, not a list.
  allow_from      = "10.0.0.0/8" # ERROR: "allow_from" must be a list, not a string.
  allow_plaintext = "yes" # ERROR: "allow_plaintext" must be true or false, not "yes".
}
destination "http" "c" {
  endpoint = {} # ERROR: "endpoint" must be a URL, not an object.
  headers  = ["a"] # ERROR: "headers" must be a map, not a list.
}
destination "kitchen" "k" {
  topic  = "t"
  delays = ["1s", "soon", null] # ERROR: "delays" must be a duration, not "soon". # ERROR: "delays" must not hold null.
  sizes  = { a = "1KiB", b = "big" } # ERROR: "sizes" must be a size, not "big".
  shape  = "round" # ERROR: "shape" must be an object, not a string.
  target {
    url     = "not a url" # ERROR: "url" must be a URL, not "not a url".
    weights = [1, "x"] # ERROR: "weights" must be a number, not "x".
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.http.c, destination.kitchen.k]
}
