# Nothing secret leaves: card numbers, addresses and tokens are blotted out wherever they stand, passwords whole.

variable "listen" {
  type    = string
  default = "127.0.0.1:8080"
}

variable "dir" {
  type        = string
  description = "the folder of the output"
  default     = "/tmp/skidway-redaction"
}

source "tcp" "app" {
  listen = var.listen
}

destination "file" "clean" {
  path = "${var.dir}/clean.log"
}

pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.file.clean]

  # These fields are blotted out whole, whatever is in them. A line that looks like JSON and is none is blotted out from
  # its first to its last byte, because nobody can say what its fields are.
  transform "redact" {
    fields = [record.password, record.headers.authorization]
    when   = startswith(trimspace(raw), "{")
  }
  # These shapes are blotted out wherever they are, also in lines that are no JSON.
  transform "redact" {
    patterns = ["card", "email", "iban", "jwt"]
    pattern  = "(?i)(token|api[_-]?key)=[A-Za-z0-9._-]+"
  }
}
