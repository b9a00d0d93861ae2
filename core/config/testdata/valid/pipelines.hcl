variable "everything" {
  type    = bool
  default = true
}

locals {
  common = { env = "prod", region = "eu-west-1" }
  noisy  = ["debug", "trace"]
}

source "tcp" "app" {}

source "tcp" "other" {
  listen = "127.0.0.1:8081"
}

destination "stdout" "console" {}

destination "file" "per_service" {
  base_dir       = "/var/log/services"
  path           = "${record.tenant}/${lower(record.service)}.log"
  fallback_path  = "unknown.log"
  max_open_files = 64
  tag            = meta.peer
}

destination "file" "fixed" {
  path = "/var/log/fixed.log"
  tag  = "constant"
}

pipeline "everything" {
  from = [source.tcp.app]

  transform "drop" {
    when     = contains(local.noisy, record.level) || startswith(record.path, "/healthz")
    on_error = "dead_letter"
  }

  transform "sample" {
    when  = record.level == "info"
    ratio = 0.25
    key   = record.trace_id
  }

  transform "sample" {
    ratio = 1
  }

  transform "set" {
    when     = record.service != null
    fields   = merge(local.common, { level = lower(record.level), "http.status" = tonumber(record.status), "@timestamp" = meta.received_at })
    at       = record.labels["k8s.io/app"]
    on_error = "drop"
  }

  transform "set" {
    fields = record.level == "error" ? { alert = true } : {}
  }

  transform "unset" {
    fields = [record.password, record.user["e-mail"]]
  }

  transform "rename" {
    fields = { message = record.msg, "http.method" = record.method }
  }

  transform "parse" {
    when        = startswith(raw, "{")
    field       = record.message
    format      = "json"
    into        = record.parsed
    overwrite   = true
    keep_source = false
    on_error    = "keep"
  }

  transform "parse" {
    format = "logfmt"
  }

  transform "parse" {
    field  = record.query
    format = "kv"
  }

  transform "parse" {
    field   = record.row
    format  = "csv"
    columns = ["host", "user"]
  }

  transform "parse" {
    field  = record.line
    format = "regex"
    regex  = "^(?P<host>\\S+) (?P<rest>.*)$"
  }

  transform "parse" {
    format    = "syslog"
    time_zone = "Europe/Vienna"
  }

  transform "parse" {
    field     = record.time
    format    = "timestamp"
    layout    = "02/Jan/2006:15:04:05"
    time_zone = "America/New_York"
    into      = record["@timestamp"]
  }

  transform "redact" {
    when     = meta.source == "source.tcp.app"
    fields   = [record.card, record.user.name]
    pattern  = "token=[a-z0-9]+"
    patterns = ["email", "card", "iban", "ipv4", "jwt"]
    with     = "[gone]"
    on_error = "dead_letter"
  }

  transform "redact" {
    fields = [record.secret]
  }

  route "errors" {
    when  = record.level == "error" && record.status >= 500 || startswith(record.service, "pay")
    to    = [destination.file.per_service, pipeline.audit]
    final = true
  }

  route "inside" {
    when = cidrcontains("10.0.0.0/8", meta.peer) && formatdate("YYYY", now()) >= 2026
    to   = [destination.stdout.console]
  }

  otherwise {
    to = [destination.stdout.console, pipeline.audit]
  }
}

pipeline "audit" {
  transform "drop" {
    when = !var.everything
  }

  route "all" {
    when = var.everything
    to   = [destination.file.fixed]
  }
}

pipeline "filter" {
  from = [source.tcp.other]

  transform "drop" {
    when = record.level == "debug"
  }

  to = [destination.stdout.console]
}

pipeline "drops" {
  from = [source.tcp.other]

  route "errors" {
    when = record.level == "error"
    to   = [destination.stdout.console]
  }

  otherwise {
    drop = true
  }
}
