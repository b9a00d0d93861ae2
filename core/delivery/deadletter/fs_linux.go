package deadletter

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncData repeats a call that a signal interrupted. It never repeats one that failed.
func syncData(f *os.File) error {
	for {
		if err := unix.Fdatasync(int(f.Fd())); err != unix.EINTR {
			return err
		}
	}
}
