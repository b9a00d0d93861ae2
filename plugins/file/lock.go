package file

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lockedError says that another process writes to the file.
type lockedError struct {
	path, holder string
}

func (e *lockedError) Error() string {
	return "lock " + e.path + ": " + e.holder + " writes to it, and a file takes one writer; give this destination a path of its own or stop the other writer"
}

// lock takes the lock that keeps a second router away from file. It lasts until file is closed, however the process
// ends. It reports false when the file system has no locks.
func lock(file *os.File) (bool, error) {
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EWOULDBLOCK):
			return false, &lockedError{file.Name(), holder(file)}
		case errors.Is(err, unix.ENOLCK), errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.EINVAL):
			return false, nil
		default:
			return false, &os.PathError{Op: "lock", Path: file.Name(), Err: err}
		}
	}
}
