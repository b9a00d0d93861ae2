# OPTION: need_secrets
variable "password" { # ERROR: The variable "password" has no value.
  sensitive = true
}
source "tcp" "app" {}
destination "http" "c" {
  endpoint     = "https://logs.example"
  bearer_token = env("TOKEN") # ERROR: The environment variable "TOKEN" is not set.
  headers = {
    X-Key  = file("absent.key") # ERROR: The file "absent.key" can't be read: there is no such file.
    X-Cred = credential("api") # ERROR: The credential "api" can't be read: CREDENTIALS_DIRECTORY is not set.
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.http.c]
}
