package file

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Kinds of notes in a ledger; README.md has the format.
const (
	noteFile   = 1 // a file, which is as it is
	noteSize   = 2 // how much of it is whole, and its marks
	noteForget = 3
	noteIntent = 4
)

// maxLedger is the largest ledger that is read, in bytes; one is written anew long before.
const maxLedger = 1 << 30

// errLedger says that a ledger is not what the state says of it.
var errLedger = errors.New("its ledger is damaged")

// ledger is a log of what is true of the files below base_dir. How much of it counts, and its checksum, stand in the
// state: what lies behind is the rest of a write that a kill interrupted, and a byte that changed in front is noticed.
type ledger struct {
	disk disk
	file *os.File
	name string
	// begun is the size with which it was begun, size what counts, and sum the CRC-32C of that, in bytes.
	begun, size int64
	sum         uint32
	// doubtful: a sync failed, after which the system may have dropped what that was for, and calls the next one a success.
	doubtful bool
	// notes are those that are to be written next.
	notes []byte
}

// ledgerName returns the name of the n-th ledger of a state.
func ledgerName(state string, n uint64) string { return state + "." + strconv.FormatUint(n, 10) }

// ledgerNumber is the reverse of ledgerName.
func ledgerNumber(state, name string) (n uint64, ok bool) {
	digits, ok := strings.CutPrefix(name, state+".")
	n, err := strconv.ParseUint(digits, 10, 63)
	return n, ok && err == nil && ledgerName(state, n) == name
}

// beginLedger makes a ledger with the notes, synced and with a synced name.
func beginLedger(d disk, name string, notes []byte) (_ *ledger, err error) {
	if err := d.remove(name); err != nil && !errors.Is(err, os.ErrNotExist) { // what a kill left of an earlier try
		return nil, err
	}
	l := &ledger{disk: d, name: name}
	l.file, err = d.open(name, os.O_RDWR|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	l.notes = notes
	if err = l.write(); err == nil {
		err = d.sync(l.file)
	}
	if err == nil {
		err = d.syncFolder(".")
	}
	if err != nil {
		l.file.Close()
		_ = d.remove(name) // the next try does it, should it fail
		return nil, err
	}
	l.begun = l.size
	return l, nil
}

// write appends the notes. Until the state says so they do not count.
func (l *ledger) write() error {
	if err := l.disk.writeAt(l.file, l.notes, l.size); err != nil {
		return fmt.Errorf("write %s: %w", l.name, err)
	}
	l.size += int64(len(l.notes))
	l.sum = crc32.Update(l.sum, crc32.MakeTable(crc32.Castagnoli), l.notes)
	l.notes = l.notes[:0]
	return nil
}

// readLedger returns what the state's entry says is the content of a ledger.
func readLedger(d disk, e *entry) ([]byte, error) {
	if e.size > maxLedger {
		return nil, errLedger
	}
	f, err := d.open(e.name, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil, errLedger
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() < e.size {
		return nil, errLedger
	}
	content := make([]byte, e.size)
	if _, err := io.ReadFull(f, content); err != nil {
		return nil, fmt.Errorf("read %s: %w", e.name, err)
	}
	if checksumOf(content) != e.sum {
		return nil, errLedger
	}
	return content, nil
}

// appendFile appends a note about the file at a path.
func appendFile(dst []byte, number uint64, path string, id identity) []byte {
	dst = binary.AppendUvarint(append(dst, noteFile), number)
	dst = binary.LittleEndian.AppendUint64(dst, id.inode)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(id.made))
	dst = binary.AppendUvarint(dst, uint64(len(path)))
	return append(dst, path...)
}

// appendSize appends a note about what is in a file.
func appendSize(dst []byte, number uint64, s *standing) []byte {
	dst = binary.AppendUvarint(append(dst, noteSize), number)
	dst = binary.AppendUvarint(dst, uint64(s.size))
	known := byte(0)
	for i, m := range s.marks {
		if m.known {
			known |= 1 << i
		}
	}
	dst = append(dst, known)
	for _, m := range s.marks {
		if m.known {
			dst = binary.AppendUvarint(dst, m.last)
		}
	}
	return dst
}

// appendForget appends a note that nothing of a file comes again.
func appendForget(dst []byte, number uint64) []byte {
	return binary.AppendUvarint(append(dst, noteForget), number)
}

// appendIntent appends a note that a file is about to be rotated, with the time of its new name.
func appendIntent(dst []byte, number uint64, at int64) []byte {
	dst = binary.AppendUvarint(append(dst, noteIntent), number)
	return binary.AppendUvarint(dst, uint64(at))
}

// replay returns the files that a ledger's notes are about, by their numbers.
func replay(notes []byte) (map[uint64]*leaf, error) {
	r := noteReader{rest: notes}
	leaves := map[uint64]*leaf{}
	for len(r.rest) > 0 && !r.bad {
		kind, number := r.byte(), r.uvarint()
		l := leaves[number]
		if l == nil {
			if kind != noteFile {
				return nil, errLedger
			}
			l = &leaf{number: number}
			leaves[number] = l
		}
		switch kind {
		case noteFile:
			l.now.file = identity{r.uint64(), int64(r.uint64())}
			l.path, l.intent = string(r.bytes(r.uvarint())), 0
		case noteSize:
			l.now.size = int64(r.uvarint())
			known := r.byte()
			for i := range l.now.marks {
				l.now.marks[i] = mark{}
				if known&(1<<i) != 0 {
					l.now.marks[i] = mark{r.uvarint(), true}
				}
			}
		case noteForget:
			delete(leaves, number)
		case noteIntent:
			l.intent = int64(r.uvarint())
		default:
			return nil, errLedger
		}
		if l.now.size < 0 || l.intent < 0 {
			return nil, errLedger
		}
	}
	if r.bad {
		return nil, errLedger
	}
	return leaves, nil
}

// noteReader reads the parts of notes. Once one is not there, bad is set and everything is zero.
type noteReader struct {
	rest []byte
	bad  bool
}

func (r *noteReader) bytes(n uint64) []byte {
	if r.bad || n > uint64(len(r.rest)) {
		r.bad = true
		return nil
	}
	p := r.rest[:n]
	r.rest = r.rest[n:]
	return p
}

func (r *noteReader) byte() byte {
	if p := r.bytes(1); p != nil {
		return p[0]
	}
	return 0
}

func (r *noteReader) uint64() uint64 {
	if p := r.bytes(8); p != nil {
		return binary.LittleEndian.Uint64(p)
	}
	return 0
}

func (r *noteReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}
