source "tcp" "a" {
  listen = "8080" # ERROR: "8080" is not an address to listen at.
}
source "tcp" "b" {
  listen = "127.0.0.1:http" # ERROR: "127.0.0.1:http" is not an address to listen at.
}
source "tcp" "c" {
  listen = "127.0.0.1:70000" # ERROR: "127.0.0.1:70000" is not an address to listen at.
}
source "tcp" "d" {
  allow_from = ["10.0.0.0/8", "10.0.0.0/40", "example.com"] # ERROR: "10.0.0.0/40" is neither a network nor an address. # ERROR: "example.com" is neither a network nor an address.
}
