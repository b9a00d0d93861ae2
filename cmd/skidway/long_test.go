package main

import (
	"os"
	"time"
)

// span is how long something in a test lasts: short as a rule, long when SKIDWAY_LONG_TESTS is set, as in CI.
func span(short, long time.Duration) time.Duration {
	if os.Getenv("SKIDWAY_LONG_TESTS") != "" {
		return long
	}
	return short
}
