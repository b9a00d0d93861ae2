source "tcp" "app" {}
