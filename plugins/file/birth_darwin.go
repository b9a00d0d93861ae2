package file

import (
	"os"
	"syscall"
	"time"
)

// madeAt returns when file was made; ok is false where the file system does not know.
func madeAt(_ *os.File, info os.FileInfo) (at time.Time, ok bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || st.Birthtimespec.Sec == 0 {
		return time.Time{}, false
	}
	return time.Unix(st.Birthtimespec.Unix()), true
}
