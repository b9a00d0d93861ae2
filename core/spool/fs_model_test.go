package spool

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path"
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
	pending []nameChange
	locked  bool
	total   int64
	// calls counts calls; fail, when given, is asked before each one, with its number, what it does and to which name.
	calls int
	fail  func(call int, op, name string) error
	dead  bool // the power is off: every call fails
	where whereabouts
	// order says in which order a folder is listed: any one, as with a real one, but always the same.
	order uint64
	lacks error // what a full disk says; default ENOSPC
}

// nameChange is one or two names that change together; nil: the name is gone.
type nameChange map[string]*modelFile

// modelFile is what a name stands for.
type modelFile struct {
	data   []byte
	stable []byte
	// writes since the last sync.
	writes []modelWrite
	kind   string // "" is a regular file
}

type modelWrite struct {
	off  int64
	data []byte
	size int64 // of the file, when data is nil
}

const sector = 512

var errPower = errors.New("the power is off")

func newModelDisk() *modelDisk {
	return &modelDisk{names: map[string]*modelFile{}, stable: map[string]*modelFile{}, total: 1 << 40}
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

func (m *modelDisk) Whereabouts() whereabouts { return m.where }

func (m *modelDisk) List(folder string) ([]found, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.call("list", folder); err != nil {
		return nil, err
	}
	var all []found
	names := slices.Sorted(maps.Keys(m.names))
	rand.New(rand.NewPCG(m.order, uint64(m.calls))).Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for _, name := range names {
		f := m.names[name]
		in, base := path.Split(name)
		if name = base; in == folder || in == folder+"/" {
			all = append(all, found{name: name, regular: f.kind == "", folder: f.kind == "folder", size: int64(len(f.data))})
		}
	}
	return all, nil
}

func (m *modelDisk) change(c nameChange) {
	for name, f := range c {
		if f == nil {
			delete(m.names, name)
		} else {
			m.names[name] = f
		}
	}
	m.pending = append(m.pending, c)
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
	m.change(nameChange{name: f})
	return &modelHandle{disk: m, f: f, name: name}, nil
}

func (m *modelDisk) Open(name string) (file, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.call("open", name); err != nil {
		return nil, err
	}
	f := m.names[name]
	if f == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	if f.kind != "" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.ELOOP}
	}
	return &modelHandle{disk: m, f: f, name: name}, nil
}

func (m *modelDisk) Rename(from, to string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.call("rename", from); err != nil {
		return err
	}
	f := m.names[from]
	if f == nil {
		return &fs.PathError{Op: "rename", Path: from, Err: fs.ErrNotExist}
	}
	m.change(nameChange{from: nil, to: f})
	return nil
}

func (m *modelDisk) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.call("remove", name); err != nil {
		return err
	}
	if m.names[name] == nil {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
	}
	m.change(nameChange{name: nil})
	return nil
}

func (m *modelDisk) MakeFolder(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.call("mkdir", name); err != nil {
		return err
	}
	if m.names[name] == nil {
		m.change(nameChange{name: &modelFile{kind: "folder"}})
	}
	return nil
}

// SyncFolder makes all names durable; the model has no need to tell folders apart.
func (m *modelDisk) SyncFolder(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.call("syncfolder", name); err != nil {
		return err
	}
	m.stable = maps.Clone(m.names)
	m.pending = nil
	return nil
}

func (m *modelDisk) full() error {
	if m.lacks != nil {
		return m.lacks
	}
	return syscall.ENOSPC
}

func (m *modelDisk) used() int64 {
	var used int64
	for _, f := range m.names {
		used += int64(len(f.data))
	}
	return used
}

func (m *modelDisk) Space() (free, total int64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.call("space", ""); err != nil {
		return 0, 0, err
	}
	return max(0, m.total-m.used()), 1 << 40, nil
}

func (m *modelDisk) Lock(name string) (func() error, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.call("lock", name); err != nil {
		return nil, err
	}
	if m.locked {
		return nil, errLocked
	}
	m.locked = true
	return func() error {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.locked = false
		return nil
	}, nil
}

// crash takes the power away and returns the disk as it is found afterwards: of what was not synced a random part, in
// sectors, has reached it; none with a nil source.
func (m *modelDisk) crash(random *rand.Rand) *modelDisk {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dead = true
	after := newModelDisk()
	after.total, after.where, after.order = m.total, m.where, m.order
	names := m.stable
	for _, c := range m.pending {
		if random != nil && random.IntN(2) == 0 {
			names = apply(names, c)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) { // in one order, so that a seed says what is left
		f := names[name]
		data := f.afterCrash(random)
		after.names[name] = &modelFile{data: data, stable: slices.Clone(data), kind: f.kind}
	}
	after.stable = maps.Clone(after.names)
	return after
}

// kill ends the process: everything that was done stays, synced or not.
func (m *modelDisk) kill() *modelDisk {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dead = true
	after := &modelDisk{names: m.names, stable: m.stable, pending: m.pending, total: m.total, where: m.where, order: m.order}
	return after
}

func apply(names map[string]*modelFile, c nameChange) map[string]*modelFile {
	changed := maps.Clone(names)
	for n, f := range c {
		if f == nil {
			delete(changed, n)
		} else {
			changed[n] = f
		}
	}
	return changed
}

func (f *modelFile) afterCrash(random *rand.Rand) []byte {
	data := slices.Clone(f.stable)
	if random == nil {
		return data
	}
	for _, w := range f.writes {
		if w.data == nil {
			if random.IntN(2) == 0 {
				data = resize(data, w.size)
			}
			continue
		}
		for at := 0; at < len(w.data); {
			n := min(len(w.data)-at, sector-int((w.off+int64(at))%sector))
			if random.IntN(2) == 0 {
				off := w.off + int64(at)
				data = resize(data, max(int64(len(data)), off+int64(n)))
				copy(data[off:], w.data[at:at+n])
			}
			at += n
		}
	}
	return data
}

func resize(b []byte, size int64) []byte {
	if int64(len(b)) >= size {
		return b[:size:size]
	}
	return append(b, make([]byte, size-int64(len(b)))...)
}

// modelHandle is an open file of a modelDisk.
type modelHandle struct {
	disk   *modelDisk
	f      *modelFile
	name   string
	closed bool
}

func (h *modelHandle) call(op string) error {
	if h.closed {
		return &fs.PathError{Op: op, Path: h.name, Err: fs.ErrClosed}
	}
	return h.disk.call(op, h.name)
}

func (h *modelHandle) ReadAt(b []byte, off int64) (int, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if err := h.call("read"); err != nil {
		return 0, err
	}
	if off >= int64(len(h.f.data)) {
		return 0, io.EOF
	}
	n := copy(b, h.f.data[off:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt writes a part of b when it fails.
func (h *modelHandle) WriteAt(b []byte, off int64) (int, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	err := h.call("write")
	if h.disk.dead || h.closed {
		return 0, err
	}
	if err == nil && h.disk.used()+off+int64(len(b))-int64(len(h.f.data)) > h.disk.total && off+int64(len(b)) > int64(len(h.f.data)) {
		err = h.disk.full()
	}
	if err != nil {
		b = b[:len(b)/2]
	}
	h.f.data = resize(h.f.data, max(int64(len(h.f.data)), off+int64(len(b))))
	copy(h.f.data[off:], b)
	h.f.writes = append(h.f.writes, modelWrite{off: off, data: slices.Clone(b)})
	return len(b), err
}

func (h *modelHandle) Size() (int64, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	return int64(len(h.f.data)), h.call("size")
}

func (h *modelHandle) Allocate(size int64) error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if err := h.call("allocate"); err != nil {
		return err
	}
	if h.disk.used()+size-int64(len(h.f.data)) > h.disk.total {
		return h.disk.full()
	}
	h.f.resize(max(size, int64(len(h.f.data))))
	return nil
}

func (h *modelHandle) Truncate(size int64) error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if err := h.call("truncate"); err != nil {
		return err
	}
	h.f.resize(size)
	return nil
}

func (f *modelFile) resize(size int64) {
	f.data = slices.Clone(resize(f.data, size))
	f.writes = append(f.writes, modelWrite{size: size})
}

func (h *modelHandle) Sync() error    { return h.sync("sync") }
func (h *modelHandle) SyncAll() error { return h.sync("syncall") }

// sync that fails loses what it should have made durable, as Linux does: the next one succeeds.
func (h *modelHandle) sync(op string) error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	err := h.call(op)
	if h.disk.dead || h.closed {
		return err
	}
	if err == nil {
		h.f.stable = slices.Clone(h.f.data)
	}
	h.f.writes = nil
	return err
}

func (h *modelHandle) Close() error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	h.closed = true
	return nil
}
