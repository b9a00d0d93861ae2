package spool

import (
	"os"

	"golang.org/x/sys/unix"
)

// allocate asks for one piece first and for any pieces then; neither changes the length.
func allocate(f *os.File, size int64) error {
	store := unix.Fstore_t{Flags: unix.F_ALLOCATECONTIG, Posmode: unix.F_PEOFPOSMODE, Length: size}
	err := unix.FcntlFstore(f.Fd(), unix.F_PREALLOCATE, &store)
	if err != nil {
		store.Flags = unix.F_ALLOCATEALL
		err = unix.FcntlFstore(f.Fd(), unix.F_PREALLOCATE, &store)
	}
	if err != nil {
		return err
	}
	return f.Truncate(size)
}

// syncData makes the drive write its own cache too (F_FULLFSYNC), which fsync alone does not do here.
func syncData(f *os.File) error { return f.Sync() }
