package deadletter

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"syscall"
)

// modelDisk is a fileSystem in memory that knows what would survive a power cut.
type modelDisk struct {
	mu     sync.Mutex
	names  map[string]*modelFile
	stable map[string]*modelFile // names that were synced
	// pending are the changes of names that are not synced.
	pending []map[string]*modelFile
	locked  bool
	// calls counts calls; fail, when given, is asked before each one.
	calls int
	fail  func(call int, op, name string) error
	dead  bool // the power is off: every call fails
	// room is how many more bytes can be written; negative: any.
	room int
}

// modelFile is what a name stands for; stable are the bytes that were synced.
type modelFile struct {
	data, stable []byte
	symlink      bool
}

var errPower = errors.New("the power is off")

func newModelDisk() *modelDisk {
	return &modelDisk{names: map[string]*modelFile{}, stable: map[string]*modelFile{}, room: -1}
}

func (m *modelDisk) call(op, name string) error {
	m.calls++
	if m.dead {
		return errPower
	}
	if m.fail != nil {
		if err := m.fail(m.calls, op, name); err != nil {
			return &fs.PathError{Op: op, Path: name, Err: err}
		}
	}
	return nil
}

func (m *modelDisk) List() ([]found, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.call("list", ""); err != nil {
		return nil, err
	}
	var all []found
	for name, f := range m.names {
		all = append(all, found{name: name, regular: !f.symlink, size: int64(len(f.data))})
	}
	return all, nil
}

// change gives names another meaning; nil: none.
func (m *modelDisk) change(c map[string]*modelFile) {
	m.pending = append(m.pending, c)
	m.names = changed(m.names, c)
}

func changed(names, c map[string]*modelFile) map[string]*modelFile {
	names = maps.Clone(names)
	for name, f := range c {
		if f == nil {
			delete(names, name)
		} else {
			names[name] = f
		}
	}
	return names
}

func (m *modelDisk) Create(name string) (file, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.call("create", name); err != nil {
		return nil, err
	}
	if m.names[name] != nil {
		return nil, &fs.PathError{Op: "create", Path: name, Err: fs.ErrExist}
	}
	f := &modelFile{}
	m.change(map[string]*modelFile{name: f})
	return &modelHandle{m, f, name}, nil
}

func (m *modelDisk) find(op, name string) (*modelFile, error) {
	if err := m.call(op, name); err != nil {
		return nil, err
	}
	f := m.names[name]
	if f == nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	if f.symlink && op != "remove" {
		return nil, &fs.PathError{Op: op, Path: name, Err: syscall.ELOOP}
	}
	return f, nil
}

func (m *modelDisk) Append(name string) (file, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, err := m.find("append", name)
	return &modelHandle{m, f, name}, err
}

func (m *modelDisk) Open(name string) (io.ReadCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, err := m.find("open", name)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(bytes.NewReader(slices.Clone(f.data))), nil
}

func (m *modelDisk) Rename(from, to string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, err := m.find("rename", from)
	if err == nil {
		m.change(map[string]*modelFile{from: nil, to: f})
	}
	return err
}

func (m *modelDisk) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, err := m.find("remove", name)
	if err == nil {
		m.change(map[string]*modelFile{name: nil})
	}
	return err
}

func (m *modelDisk) Sync() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.call("syncfolder", ""); err != nil {
		return err
	}
	m.stable, m.pending = maps.Clone(m.names), nil
	return nil
}

func (m *modelDisk) Lock(string) (func() error, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.call("lock", ""); err != nil {
		return nil, err
	}
	if m.locked {
		return nil, ErrLocked
	}
	m.locked = true
	return func() error {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.locked = false
		return nil
	}, nil
}

// kill ends the process: everything that was done stays.
func (m *modelDisk) kill() *modelDisk {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dead = true
	after := newModelDisk()
	after.names, after.stable, after.pending = m.names, m.stable, m.pending
	return after
}

// crash takes the power away: of what was not synced a random part is there; none with a nil source. What grew may
// have zeros where no data came.
func (m *modelDisk) crash(random *rand.Rand) *modelDisk {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dead = true
	names := m.stable
	for _, c := range m.pending {
		if random != nil && random.IntN(2) == 0 {
			names = changed(names, c)
		}
	}
	after := newModelDisk()
	for name, f := range names {
		data := slices.Clone(f.stable)
		switch grown := len(f.data) - len(f.stable); {
		case random == nil || grown == 0:
		case grown < 0: // it was cut
			if random.IntN(2) == 0 {
				data = data[:len(f.data)]
			}
		default:
			data = append(data, f.data[len(data):len(data)+random.IntN(grown+1)]...)
			if n := len(data) - len(f.stable); n > 0 && random.IntN(3) == 0 {
				clear(data[len(f.stable)+random.IntN(n):])
			}
		}
		after.names[name] = &modelFile{data: data, stable: slices.Clone(data), symlink: f.symlink}
	}
	after.stable = maps.Clone(after.names)
	return after
}

// modelHandle is an open file of a modelDisk.
type modelHandle struct {
	disk *modelDisk
	f    *modelFile
	name string
}

// Write writes a part of b when it fails.
func (h *modelHandle) Write(b []byte) (int, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	err := h.disk.call("write", h.name)
	if h.disk.dead {
		return 0, err
	}
	if err != nil {
		b = b[:len(b)/2]
	}
	if h.disk.room >= 0 && len(b) > h.disk.room {
		b, err = b[:h.disk.room], syscall.ENOSPC
	}
	if h.disk.room >= 0 {
		h.disk.room -= len(b)
	}
	h.f.data = append(slices.Clone(h.f.data), b...)
	return len(b), err
}

func (h *modelHandle) Truncate(size int64) error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	err := h.disk.call("truncate", h.name)
	if err == nil {
		h.f.data = h.f.data[:size:size]
	}
	return err
}

// Sync that fails loses what it should have made durable, as Linux does: the next one succeeds.
func (h *modelHandle) Sync() error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	err := h.disk.call("sync", h.name)
	if err == nil {
		h.f.stable = slices.Clone(h.f.data)
	}
	return err
}

func (h *modelHandle) Close() error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if h.disk.dead {
		return errPower
	}
	return nil
}
