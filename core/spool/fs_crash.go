//go:build crashpoint

package spool

import (
	"os"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

// seam returns the file system that a spool uses: one that kills the process at a call.
//
// SKIDWAY_CRASH_AT=N kills it before the Nth call that changes something, counted from the start of the process;
// SKIDWAY_CRASH_AT=-N when that call has returned. Without it nothing is killed. So a test that raises N until a run ends
// untouched has killed the process everywhere. SKIDWAY_CRASH_LOG names a file to which the name of each call is appended.
func seam(fsys fileSystem) fileSystem {
	at, err := strconv.Atoi(os.Getenv("SKIDWAY_CRASH_AT"))
	if err != nil {
		at = 0
	}
	return &crashing{fileSystem: fsys, at: at, log: os.Getenv("SKIDWAY_CRASH_LOG")}
}

// crashing counts the calls that change something.
type crashing struct {
	fileSystem
	at  int
	log string

	mu    sync.Mutex
	calls int
}

// do makes one call, and kills the process before or after it when it is the one.
func (c *crashing) do(op string, call func() error) error {
	c.mu.Lock()
	defer c.mu.Unlock() // the calls have one order
	c.calls++
	if c.log != "" {
		if f, err := os.OpenFile(c.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err == nil {
			_, _ = f.WriteString(op + "\n")
			_ = f.Close()
		}
	}
	if c.at == c.calls {
		die()
	}
	err := call()
	if c.at == -c.calls {
		die()
	}
	return err
}

// die ends the process as kill -9 does.
func die() {
	_ = unix.Kill(os.Getpid(), unix.SIGKILL)
	select {}
}

func (c *crashing) Create(name string) (f file, err error) {
	err = c.do("create", func() error {
		f, err = c.fileSystem.Create(name)
		return err
	})
	if err != nil {
		return nil, err
	}
	return crashingFile{f, c}, nil
}

func (c *crashing) Open(name string) (file, error) {
	f, err := c.fileSystem.Open(name)
	if err != nil {
		return nil, err
	}
	return crashingFile{f, c}, nil
}

func (c *crashing) Rename(from, to string) error {
	return c.do("rename", func() error { return c.fileSystem.Rename(from, to) })
}

func (c *crashing) Remove(name string) error {
	return c.do("remove", func() error { return c.fileSystem.Remove(name) })
}

func (c *crashing) MakeFolder(name string) error {
	return c.do("mkdir", func() error { return c.fileSystem.MakeFolder(name) })
}

func (c *crashing) SyncFolder(name string) error {
	return c.do("syncfolder", func() error { return c.fileSystem.SyncFolder(name) })
}

// crashingFile is an open file of a crashing file system.
type crashingFile struct {
	file
	c *crashing
}

func (f crashingFile) WriteAt(b []byte, off int64) (n int, err error) {
	err = f.c.do("write", func() error {
		n, err = f.file.WriteAt(b, off)
		return err
	})
	return n, err
}

func (f crashingFile) Allocate(size int64) error {
	return f.c.do("allocate", func() error { return f.file.Allocate(size) })
}

func (f crashingFile) Truncate(size int64) error {
	return f.c.do("truncate", func() error { return f.file.Truncate(size) })
}

func (f crashingFile) Sync() error    { return f.c.do("sync", f.file.Sync) }
func (f crashingFile) SyncAll() error { return f.c.do("syncall", f.file.SyncAll) }
