package main

import "golang.org/x/sys/unix"

// fifo makes a named pipe, at which whoever opens it waits.
func fifo(path string) error { return unix.Mkfifo(path, 0o600) }
