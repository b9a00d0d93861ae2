variable "password" { # NOTE: The variable "password" has no value here.
  sensitive = true
}
source "tcp" "app" {}
destination "http" "c" {
  endpoint     = env("ENDPOINT") # NOTE: The environment variable "ENDPOINT" is not set.
  bearer_token = "x-${env("TOKEN")}" # NOTE: The environment variable "TOKEN" is not set.
  headers = {
    X-Key  = file("absent.key") # NOTE: The file "absent.key" can't be read: there is no such file.
    X-Cred = credential("api") # NOTE: The credential "api" can't be read: CREDENTIALS_DIRECTORY is not set.
    X-Pass = var.password
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.http.c]
}
