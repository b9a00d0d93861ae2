package file

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// holder names the process that holds file's lock, as well as the kernel tells it.
func holder(file *os.File) string {
	const unknown = "another process"
	var st unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &st); err != nil {
		return unknown
	}
	locks, err := os.Open("/proc/locks")
	if err != nil {
		return unknown
	}
	defer locks.Close()
	dev := uint64(st.Dev) //nolint:unconvert // its type differs between architectures
	id := fmt.Sprintf("%02x:%02x:%d", unix.Major(dev), unix.Minor(dev), st.Ino)
	for lines := bufio.NewScanner(locks); lines.Scan(); {
		// "1: FLOCK  ADVISORY  WRITE 1234 fd:01:5678 0 EOF"
		f := strings.Fields(lines.Text())
		if len(f) < 6 || f[1] != "FLOCK" || f[5] != id {
			continue
		}
		comm, err := os.ReadFile("/proc/" + f[4] + "/comm")
		if err != nil {
			return "process " + f[4]
		}
		return fmt.Sprintf("process %s (%s)", f[4], strings.TrimSpace(string(comm)))
	}
	return unknown
}
