package file

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// madeAt returns when file was made; ok is false where the file system does not know.
func madeAt(file *os.File, _ os.FileInfo) (at time.Time, ok bool) {
	var st unix.Statx_t
	err := unix.Statx(int(file.Fd()), "", unix.AT_EMPTY_PATH, unix.STATX_BTIME, &st)
	if err != nil || st.Mask&unix.STATX_BTIME == 0 || st.Btime.Sec == 0 {
		return time.Time{}, false
	}
	return time.Unix(st.Btime.Sec, int64(st.Btime.Nsec)), true
}
