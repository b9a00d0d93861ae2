package file

import (
	"errors"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// errKilled is what every call returns once the process is dead. Nothing is done any more.
var errKilled = errors.New("killed")

// moment says when in a call the process dies.
type moment int

const (
	before  moment = iota
	halfway        // of a write: half of its bytes are there
	after
)

// mortal is a disk whose process dies in one of its calls. To sync costs nothing: it notes what a power cut would leave.
type mortal struct {
	disk
	dieAt int
	when  moment

	mu    sync.Mutex
	calls int
	dead  bool
	files []*os.File
	// durable is the content of each file, by inode, when it was last synced.
	durable map[uint64][]byte
}

func newMortal(dieAt int, when moment) *mortal {
	return &mortal{disk: realDisk{}, dieAt: dieAt, when: when, durable: map[uint64][]byte{}}
}

// do makes one call. half is what is done of it when the process dies in the middle.
func (m *mortal) do(call func() error, half func()) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return errKilled
	}
	m.calls++
	if m.calls != m.dieAt {
		return call()
	}
	m.dead = true
	switch m.when {
	case before:
	case halfway:
		if half != nil {
			half()
		}
	case after:
		_ = call() // nobody is left to hear of it
	}
	return errKilled
}

func (m *mortal) open(path string, flag int, mode os.FileMode) (f *os.File, err error) {
	err = m.do(func() error {
		if f, err = m.disk.open(path, flag, mode); err == nil {
			m.files = append(m.files, f)
		}
		return err
	}, nil)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (m *mortal) write(f *os.File, bufs [][]byte) (n int, err error) {
	err = m.do(func() error {
		n, err = m.disk.write(f, bufs)
		return err
	}, func() {
		var all []byte
		for _, b := range bufs {
			all = append(all, b...)
		}
		_, _ = m.disk.write(f, [][]byte{all[:len(all)/2]})
	})
	return n, err
}

func (m *mortal) writeAt(f *os.File, p []byte, at int64) error {
	return m.do(func() error { return m.disk.writeAt(f, p, at) }, nil) // the kernel copies a slot as a whole
}

func (m *mortal) truncate(f *os.File, size int64) error {
	return m.do(func() error { return m.disk.truncate(f, size) }, nil)
}

func (m *mortal) sync(f *os.File) error {
	return m.do(func() error {
		info, err := f.Stat()
		if err != nil {
			return err
		}
		content := make([]byte, info.Size())
		if _, err := f.ReadAt(content, 0); err != nil && info.Size() > 0 && !errors.Is(err, unix.EBADF) {
			return err
		}
		m.durable[inode(info)] = content
		return nil
	}, nil)
}

func (m *mortal) syncFolder(string) error { return m.do(func() error { return nil }, nil) }

func (m *mortal) rename(from, to string) error {
	return m.do(func() error { return m.disk.rename(from, to) }, nil)
}

func (m *mortal) remove(path string) error {
	return m.do(func() error { return m.disk.remove(path) }, nil)
}

// bury does to d what the kernel does to a dead process: its files are closed.
func (m *mortal) bury(d *destination) {
	m.mu.Lock()
	m.dead = true
	m.mu.Unlock()
	_ = finish(d) // ends its goroutines, and can do nothing else
	for _, f := range m.files {
		f.Close()
	}
}

func inode(info os.FileInfo) uint64 { return info.Sys().(*syscall.Stat_t).Ino }
