package deadletter

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
)

// Reader reads what a store held when the Reader was made, whether or not another process writes there, and without a
// lock. Entries that are removed or added meanwhile may be there or not. One goroutine at a time may use it.
type Reader struct {
	fs    fileSystem
	parts []part
	// until is the number of the first entry that is not to be read; 0: none.
	until   uint64
	foreign []string
	damage  Damage
}

// part is a segment that a Reader reads.
type part struct {
	first   uint64
	removed numbers
	damage  error // of the file that says what was removed
}

// Damage is what could not be read.
type Damage struct {
	// Lines, or pieces of them, that are not as they were written, and their bytes.
	Lines, Bytes int64
	// Unfinished lines are at the end of a file: a write that was cut short, or that is going on.
	Unfinished int64
	// Segments whose list of removed entries is lost, so that these are shown again.
	Segments int64
}

// OpenReader returns a Reader of the store of address in root. Its error is fs.ErrNotExist when there is none.
func OpenReader(root, address string) (*Reader, error) {
	if address == "" {
		return nil, errNoAddress
	}
	path := filepath.Join(root, FolderName(address))
	if info, err := os.Lstat(path); err != nil {
		return nil, err
	} else if !info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New("not a folder")}
	}
	return newReader(directory(path))
}

func newReader(fsys fileSystem) (*Reader, error) {
	l, err := list(fsys)
	if err != nil {
		return nil, err
	}
	r := &Reader{fs: fsys, foreign: l.foreign}
	for _, s := range l.segments {
		p := part{first: s.first}
		if s.listed {
			removed, err := loadRemoved(fsys, s.first)
			if err != nil && !errors.Is(err, errDamaged) {
				return nil, err
			}
			p.removed, p.damage = removed.Removed, err
		}
		r.parts = append(r.parts, p)
	}
	return r, nil
}

// Foreign returns the names of what lies in the folder and is not the store's.
func (r *Reader) Foreign() []string { return r.foreign }

// Damage returns what the last pass over the entries met.
func (r *Reader) Damage() Damage { return r.damage }

// Entries gives the entries that f selects, oldest first. A letter that was put twice, as may happen after an error, is
// given once. The error, if any, comes last. What is in an entry is valid until the next one.
func (r *Reader) Entries(ctx context.Context, f Filter) iter.Seq2[*Entry, error] {
	return func(yield func(*Entry, error) bool) {
		err := r.each(ctx, f, func(e *Entry, repeated bool) error {
			if repeated || yield(e, nil) {
				return nil
			}
			return errStop
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(nil, err)
		}
	}
}

var errStop = errors.New("stopped")

// each calls visit with the entries that f selects, also with those that are there repeatedly.
func (r *Reader) each(ctx context.Context, f Filter, visit func(e *Entry, repeated bool) error) error {
	r.damage = Damage{}
	var seen memory
	for i := range r.parts {
		if err := r.eachOf(ctx, &r.parts[i], &f, &seen, visit); err != nil {
			return err
		}
	}
	return nil
}

// eachOf is each for one segment. A segment that is gone had nothing any more.
func (r *Reader) eachOf(ctx context.Context, p *part, f *Filter, seen *memory, visit func(e *Entry, repeated bool) error) error {
	if p.damage != nil {
		r.damage.Segments++
	}
	file, err := r.fs.Open(segmentName(p.first))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	var e Entry
	var stopped error
	err = scan(file, maxLine, func(l piece) error {
		switch {
		case ctx.Err() != nil:
			stopped = ctx.Err()
			return stopped
		case l.unfinished():
			r.damage.Unfinished++
			return nil
		case l.entry == 0 || !p.removed.has(l.entry) && (r.until == 0 || l.entry < r.until) && decodeLine(l.data, &e) != nil:
			r.damage.Lines++
			r.damage.Bytes += int64(len(l.data))
			return nil
		case p.removed.has(l.entry) || r.until != 0 && l.entry >= r.until || !f.fits(&e):
			return nil
		}
		stopped = visit(&e, seen.repeated(&e))
		return stopped
	})
	if err != nil && stopped == nil {
		return fmt.Errorf("read %s: %w", segmentName(p.first), err)
	}
	return err
}
