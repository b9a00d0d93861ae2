# ERROR@+3: Invalid multi-line string # ERROR@+3: Unterminated template string
# ERROR@+3: Invalid multi-line string
source "tcp" "app" {
  listen = "127.0.0.1:8080
}
