package file

import (
	"os"
	"syscall"
	"time"
)

// birth returns when file was made, or when it was last changed where the file system does not know.
func birth(_ *os.File, info os.FileInfo) time.Time {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || st.Birthtimespec.Sec == 0 {
		return info.ModTime()
	}
	return time.Unix(st.Birthtimespec.Unix())
}
