router {}
