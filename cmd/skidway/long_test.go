package main

import "os"

// span is how long something in a test lasts, or how much of it there is: short as a rule, long when SKIDWAY_LONG_TESTS is
// set, as in CI.
func span[T any](short, long T) T {
	if os.Getenv("SKIDWAY_LONG_TESTS") != "" {
		return long
	}
	return short
}
