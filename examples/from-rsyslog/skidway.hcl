# Syslog messages from rsyslog, over TLS and with a length before each message, into a file.

variable "listen" {
  type    = string
  default = "127.0.0.1:6514"
}

variable "path" {
  type    = string
  default = "/tmp/skidway-from-rsyslog/syslog.log"
}

variable "cert_file" {
  type    = string
  default = "/etc/skidway/tls/router.crt"
}

variable "key_file" {
  type    = string
  default = "/etc/skidway/tls/router.key"
}

source "tcp" "rsyslog" {
  listen  = var.listen
  framing = "octet_counted"

  tls {
    cert_file = var.cert_file
    key_file  = var.key_file
  }
}

destination "file" "syslog" {
  path = var.path
}

pipeline "main" {
  from = [source.tcp.rsyslog]
  to   = [destination.file.syslog]
}
