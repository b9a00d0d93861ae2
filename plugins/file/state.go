package file

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// The pairs of slots. One write covers one slot, and within a pair they take turns, so that the older one is whole
// whatever happens to the write.
const (
	// afterBatch is written after each batch, and never synced.
	afterBatch = 0
	// afterSync is written, and synced, once the output has been.
	afterSync = 1
)

// state is the open file that says how much of an output is whole batches, and up to which record. Its lock belongs to
// the destination, like the output's. But for putSynced its methods are called under the destination's mutex.
type state struct {
	disk disk
	file *os.File
	path string
	// generation of the last entry that was taken.
	generation uint64
	buf        [slotSize]byte
	// newest has the generation of each slot of the pair afterBatch.
	newest [2]uint64
	// whole: all slots can be read.
	whole bool
	// torn: a write of the pair afterBatch failed, so its older slot may be damaged.
	torn bool

	syncing sync.Mutex
	// bufSynced and newestSynced are the same for the pair afterSync.
	bufSynced    [slotSize]byte
	newestSynced [2]uint64
	// named: the file's name is as durable as its content.
	named bool
	// synced is what the state says after a power cut; its generation is 0 when there is none.
	synced entry
}

// statePath returns where the state of the output at path is.
func statePath(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+stateSuffix)
}

// noStateError says why an output has to do without a state.
type noStateError struct{ err error }

func (e *noStateError) Error() string { return e.err.Error() }
func (e *noStateError) Unwrap() error { return e.err }

// openState opens or makes the state at path and locks it. It returns the entry that counts, nil without one, and what
// is wrong with the content. A noStateError says that there can be none.
func openState(d disk, path string, boot [16]byte) (s *state, found *entry, damage, err error) {
	if len(filepath.Base(path)) > len(".")+maxName+len(stateSuffix) {
		return nil, nil, nil, &noStateError{&os.PathError{Op: "open", Path: path, Err: unix.ENAMETOOLONG}}
	}
	// Somebody may replace it between its opening and its locking.
	const attempts = 5
	for range attempts {
		s = &state{disk: d, path: path}
		s.file, err = d.open(path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o600)
		if err != nil {
			return nil, nil, nil, withoutState(err)
		}
		found, damage, err = s.take(boot)
		if err != nil {
			s.file.Close()
			return nil, nil, nil, err
		}
		if s.intact() {
			return s, found, damage, nil
		}
		s.file.Close()
	}
	return nil, nil, nil, fmt.Errorf("open %s: it is replaced again and again by somebody else", path)
}

// withoutState says whether err, from opening the state, is one that trying again does not mend.
func withoutState(err error) error {
	for _, lasting := range []error{
		os.ErrPermission, unix.EROFS, unix.ELOOP, unix.EISDIR, unix.ENXIO, unix.ENAMETOOLONG, unix.ENOTSUP,
	} {
		if errors.Is(err, lasting) {
			return &noStateError{err}
		}
	}
	return err
}

// take locks and reads the state.
func (s *state) take(boot [16]byte) (found *entry, damage, err error) {
	info, err := s.file.Stat()
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, &noStateError{fmt.Errorf("%s is not a regular file", s.path)}
	}
	// Who can write the state can have the output cut.
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid != 0 && int(st.Uid) != os.Geteuid() {
		return nil, nil, &noStateError{fmt.Errorf("%s belongs to another user", s.path)}
	}
	if _, err := lock(s.file); err != nil {
		return nil, nil, err
	}
	content, err := io.ReadAll(io.NewSectionReader(s.file, 0, stateSize+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", s.path, err)
	}
	for i := 0; i < slots && (i+1)*slotSize <= len(content); i++ {
		if e, err := parseSlot((*[slotSize]byte)(content[i*slotSize:])); err == nil {
			s.generation = max(s.generation, e.generation)
			if i < 2 {
				s.newest[i] = e.generation
			} else {
				s.newestSynced[i-2] = e.generation
				if e.generation > s.synced.generation {
					s.synced = e
				}
			}
		}
	}
	found, damage = choose(content, boot)
	s.whole = len(content) == stateSize && (damage == nil || errors.Is(damage, errNoBoot))
	return found, damage, nil
}

// intact reports whether the state is still where it was made, in full size.
func (s *state) intact() bool {
	have, err := s.file.Stat()
	if err != nil {
		return false
	}
	there, err := s.disk.lstat(s.path)
	return err == nil && os.SameFile(have, there) && (!s.whole || have.Size() == stateSize)
}

// stamp makes e newer than every entry before.
func (s *state) stamp(e *entry) {
	s.generation++
	e.generation = s.generation
}

// put writes an entry that was stamped after every other.
func (s *state) put(e *entry) error {
	if !s.whole {
		return s.fill(e)
	}
	i := older(s.newest)
	e.put(&s.buf)
	s.torn = true
	if err := s.disk.writeAt(s.file, s.buf[:], int64(afterBatch*2+i)*slotSize); err != nil {
		return fmt.Errorf("write %s: %w", s.path, err)
	}
	s.newest[i], s.torn = e.generation, false
	return nil
}

// putSynced writes an entry that holds after a power cut and makes it durable. It may be called beside the other methods,
// and with an entry that is no longer the newest.
func (s *state) putSynced(e *entry) error {
	s.syncing.Lock()
	defer s.syncing.Unlock()
	i := older(s.newestSynced)
	e.put(&s.bufSynced)
	if err := s.disk.writeAt(s.file, s.bufSynced[:], int64(afterSync*2+i)*slotSize); err != nil {
		return fmt.Errorf("write %s: %w", s.path, err)
	}
	s.newestSynced[i] = e.generation
	if err := s.disk.sync(s.file); err != nil {
		return fmt.Errorf("sync %s: %w", s.path, err)
	}
	s.synced = *e
	if s.named {
		return nil
	}
	err := s.disk.syncFolder(filepath.Dir(s.path))
	s.named = err == nil
	return err
}

// older returns the slot of a pair that is written next.
func older(newest [2]uint64) int {
	if newest[0] <= newest[1] {
		return 0
	}
	return 1
}

// fill writes all slots, none of which may have been there. After a power cut the file's size is believed, but not
// that its records are there.
func (s *state) fill(e *entry) error {
	s.syncing.Lock()
	defer s.syncing.Unlock()
	var content [stateSize]byte
	synced := *e
	synced.known = false
	for i, from := range []*entry{e, e, &synced, &synced} {
		from.put((*[slotSize]byte)(content[i*slotSize:]))
	}
	if err := s.disk.writeAt(s.file, content[:], 0); err != nil {
		return fmt.Errorf("write %s: %w", s.path, err)
	}
	if err := s.disk.truncate(s.file, stateSize); err != nil { // it may have been longer
		return fmt.Errorf("truncate %s: %w", s.path, err)
	}
	s.newest, s.newestSynced = [2]uint64{e.generation, e.generation}, [2]uint64{e.generation, e.generation}
	s.whole = true
	s.synced = synced
	return nil
}

// fallBack has the state say under this boot what it says after a power cut: what was written since then does not count.
func (s *state) fallBack(boot [16]byte) error {
	s.syncing.Lock()
	e := s.synced
	s.syncing.Unlock()
	e.boot = boot
	s.stamp(&e)
	return s.put(&e)
}
