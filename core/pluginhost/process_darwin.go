package pluginhost

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// childAttributes puts the child into a group of its own. The system has no signal for the death of a parent: end of
// file on standard input stands alone.
func childAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// awaitExit blocks until the child has ended, and leaves it unreaped: its number, which is also that of its group, stays
// taken. Waiting without reaping is not reliable here, so the kernel's event queue says when.
func awaitExit(pid int) {
	kq, err := unix.Kqueue()
	if err != nil {
		return // the caller's Wait blocks instead; only the group is then swept too early
	}
	defer unix.Close(kq)
	unix.CloseOnExec(kq)
	change := make([]unix.Kevent_t, 1)
	unix.SetKevent(&change[0], pid, unix.EVFILT_PROC, unix.EV_ADD|unix.EV_ONESHOT)
	change[0].Fflags = unix.NOTE_EXIT
	events := make([]unix.Kevent_t, 1)
	for {
		// An error other than EINTR is ESRCH: the child has already ended.
		_, err := unix.Kevent(kq, change, events, nil)
		if !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

// ownImage is the file of the running image. Its build is compared after the start, because the file may have been
// replaced.
func ownImage() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find own executable: %w", err)
	}
	return path, nil
}
