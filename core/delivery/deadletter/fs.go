package deadletter

import (
	"errors"
	"io"
)

// fileSystem is the folder that a store lives in. Everything the store does to the disk goes through it, so that a test
// can take the power away or let a call fail wherever it likes. Names are relative to the folder.
type fileSystem interface {
	// List returns what lies in the folder.
	List() ([]found, error)
	// Create makes a new file of mode 0600 for writing. It fails when the name is taken.
	Create(name string) (file, error)
	// Append opens a regular file for writing at its end; it follows no symbolic link.
	Append(name string) (file, error)
	// Open opens a regular file for reading; it follows no symbolic link.
	Open(name string) (io.ReadCloser, error)
	// Rename gives a file another name and replaces what has that name.
	Rename(from, to string) error
	Remove(name string) error
	// Sync makes durable which names the folder holds.
	Sync() error
	// Lock makes the process the only one that writes to the folder, until release is called or it ends.
	Lock(name string) (release func() error, err error)
}

// file is a file open for writing.
type file interface {
	io.Writer
	io.Closer
	Truncate(size int64) error
	// Sync makes its bytes durable, and of what describes it what is needed to read them (fdatasync).
	Sync() error
}

// found is what List found.
type found struct {
	name    string
	regular bool
	size    int64
}

// ErrLocked says that another process writes to the folder.
var ErrLocked = errors.New("another process uses it")
