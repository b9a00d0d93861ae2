package spool

import (
	"errors"
	"io"
	"syscall"
)

// reader is what looking at the directory needs.
type reader interface {
	// List returns what lies in a folder; "" is the directory itself.
	List(folder string) ([]found, error)
	// Open opens a regular file, for reading and writing if the directory allows that; it follows no symbolic link.
	Open(name string) (file, error)
}

// whereabouts tells a directory from a copy of it. A zero field is not known.
type whereabouts struct {
	// machine is the machine's id, host its name, inode the number of the directory on its file system.
	machine, host string
	inode         uint64
}

// fileSystem is the directory that a spool on disk lives in. Everything the spool does to the disk goes through it, so
// that a test can take the power away or let a call fail wherever it likes.
//
// Names are relative to the directory. Methods are safe for concurrent use on different names.
type fileSystem interface {
	reader
	// Create makes a new file of mode 0600. It fails when the name is taken.
	Create(name string) (file, error)
	// Rename gives a file another name and replaces what has that name.
	Rename(from, to string) error
	Remove(name string) error
	// MakeFolder makes a folder of mode 0700 unless it is there.
	MakeFolder(name string) error
	// SyncFolder makes durable which names a folder holds; "" is the directory itself.
	SyncFolder(name string) error
	// Space returns the bytes of the file system that are free for us, and all its bytes.
	Space() (free, total int64, err error)
	// Whereabouts says where the directory is.
	Whereabouts() whereabouts
	// Lock makes the process the only one that uses the directory, until release is called or it ends.
	Lock(name string) (release func() error, err error)
}

// file is an open file.
type file interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	// Size returns its length in bytes.
	Size() (int64, error)
	// Allocate makes the file size bytes long and gives it the blocks for that.
	Allocate(size int64) error
	Truncate(size int64) error
	// Sync makes its bytes durable, and of what describes it what is needed to read them (fdatasync).
	Sync() error
	// SyncAll makes everything about it durable (fsync).
	SyncAll() error
}

// found is what List found.
type found struct {
	name    string
	regular bool
	folder  bool
	size    int64
}

// errLocked is returned by Lock when another process has the directory.
var errLocked = errors.New("another process uses it: stop that one, or give each router a data_dir of its own")

// lacksSpace reports whether err says that the disk has no room, or the process no descriptor, now: the same call may
// succeed later. Any other error of a write makes what is in the file uncertain.
func lacksSpace(err error) bool {
	for _, e := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG, syscall.EMFILE, syscall.ENFILE, syscall.EROFS} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
