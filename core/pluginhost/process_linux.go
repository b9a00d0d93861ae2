package pluginhost

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// childAttributes puts the child into a group of its own, and has the kernel kill it when the thread that starts it
// ends, which is when the router dies.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// awaitExit blocks until the child has ended, and leaves it unreaped: its number, which is also that of its group, stays
// taken.
func awaitExit(pid int) {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

// ownImage is the running image, also after its file was replaced.
func ownImage() (string, error) { return "/proc/self/exe", nil }
