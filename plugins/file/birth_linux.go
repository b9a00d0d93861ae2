package file

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// birth returns when file was made, or when it was last changed where the file system does not know.
func birth(file *os.File, info os.FileInfo) time.Time {
	var st unix.Statx_t
	err := unix.Statx(int(file.Fd()), "", unix.AT_EMPTY_PATH, unix.STATX_BTIME, &st)
	if err != nil || st.Mask&unix.STATX_BTIME == 0 || st.Btime.Sec == 0 {
		return info.ModTime()
	}
	return time.Unix(st.Btime.Sec, int64(st.Btime.Nsec))
}
