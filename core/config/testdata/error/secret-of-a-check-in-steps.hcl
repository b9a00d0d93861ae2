source "tcp" "app" {}
destination "file" "f" {
  base_dir = "/var/log"
  path     = "${env("ABSENT_DIR")}/${record.service}.log" # NOTE: The environment variable "ABSENT_DIR" is not set.
}
pipeline "main" {
  from = [source.tcp.app]
  transform "drop" {
    when = record.key == env("ABSENT") # NOTE: The environment variable "ABSENT" is not set.
  }
  transform "set" {
    fields = {
      a = lower(file("absent.txt")) # NOTE: The file "absent.txt" can't be read: there is no such file.
      b = credential("absent") # NOTE: The credential "absent" can't be read: CREDENTIALS_DIRECTORY is not set.
    }
  }
  transform "redact" {
    pattern = env("ABSENT_PATTERN") # NOTE: The environment variable "ABSENT_PATTERN" is not set.
  }
  route "names" {
    when = meta.client_name != env("ABSENT_NAME") # NOTE: The environment variable "ABSENT_NAME" is not set.
    to   = [destination.file.f]
  }
  otherwise {
    drop = true
  }
}
