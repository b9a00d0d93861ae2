package spool

import (
	"os"

	"golang.org/x/sys/unix"
)

func allocate(f *os.File, size int64) error {
	return again(func() error { return unix.Fallocate(int(f.Fd()), 0, 0, size) })
}

func syncData(f *os.File) error {
	return again(func() error { return unix.Fdatasync(int(f.Fd())) })
}

// again repeats a call that a signal interrupted. It never repeats one that failed.
func again(call func() error) error {
	for {
		if err := call(); err != unix.EINTR { //nolint:errorlint // a system call returns the number itself
			return err
		}
	}
}
