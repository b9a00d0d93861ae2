source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  route "errors" {
    when = record.level == "error"
    to   = [pipeline.errors]
  }
  otherwise {
    drop = true
  }
}
pipeline "errors" {
  route "payments" {
    when = record.service == "pay"
    to   = [destination.stdout.console, pipeline.payments]
  }
  otherwise {
    to = [destination.stdout.console]
  }
}
pipeline "payments" {
  route "all" {
    to = [destination.stdout.console]
  }
  otherwise {
    to = [pipeline.main] # ERROR: These pipelines feed each other: pipeline.main → pipeline.errors → pipeline.payments → pipeline.main.
  }
}
pipeline "itself" {
  from = [source.tcp.app]
  route "again" {
    when = record.level == "error"
    to   = [destination.stdout.console, pipeline.itself] # ERROR: These pipelines feed each other: pipeline.itself → pipeline.itself.
  }
  otherwise {
    drop = true
  }
}
