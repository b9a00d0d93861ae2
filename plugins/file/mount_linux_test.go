package file

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// mountSmall mounts a file system of that size in memory at folder.
func mountSmall(folder string, size int) error {
	return unix.Mount("tmpfs", folder, "tmpfs", 0, "size="+strconv.Itoa(size))
}
