package spool

import (
	"encoding/binary"
	"errors"
	"io"

	"github.com/skidway/skidway/core/record"
)

// readEntries reads entries from off on into buf, not beyond end, and returns the length of those at its start that are
// whole and sound, and their last position. When there are none, s says why: the entry at off is longer than buf (torn,
// and it needs so many bytes), its contents are not what was appended (broken), or there is none (noise).
func readEntries(r io.ReaderAt, seed uint32, buf []byte, off, end int64) (n int, last record.Position, need int64, s soundness, err error) {
	got, err := readFull(r, buf[:min(int64(len(buf)), end-off)], off)
	if err != nil {
		return 0, 0, 0, noise, err
	}
	for {
		e, need, s := parseEntry(buf[n:got], seed)
		switch {
		case s == sound:
			n += int(need)
			last = e.last()
			continue
		case n > 0:
			return n, last, 0, sound, nil
		case s == torn && (off+need > end || got < len(buf)):
			return 0, 0, 0, noise, nil // it would go beyond the end
		}
		return 0, 0, need, s, nil
	}
}

// findEntry looks for the first sound entry at or behind off, and returns its offset and first position.
func findEntry(r io.ReaderAt, h *segmentHeader, off, end int64) (at int64, first record.Position, ok bool, err error) {
	seed := h.seed()
	window := make([]byte, max(0, min(blockBytes, end-off)))
	for off < end {
		got, err := readFull(r, window[:min(int64(len(window)), end-off)], off)
		if err != nil {
			return 0, 0, false, err
		}
		if got < entryHead {
			return 0, 0, false, nil
		}
		i := 0
		for ; i+entryHead <= got; i += entryAlign {
			if binary.LittleEndian.Uint32(window[i:]) != entryMagic {
				continue
			}
			e, need, s := parseEntry(window[i:got], seed)
			if s == torn && need > entryHead && off+int64(i)+need <= end {
				whole := make([]byte, need)
				if _, err := readFull(r, whole, off+int64(i)); err != nil {
					return 0, 0, false, err
				}
				e, _, s = parseEntry(whole, seed)
			}
			if s == sound && e.first >= h.first && e.last() < h.end() {
				return off + int64(i), e.first, true, nil
			}
		}
		if got < len(window) || off+int64(got) >= end {
			return 0, 0, false, nil
		}
		off += int64(i)
	}
	return 0, 0, false, nil
}

// skip returns the damage at off, where a segment's entry is not sound. want is the position that should be there, and
// last the last one of the segment as far as that is known.
func skip(r io.ReaderAt, h *segmentHeader, off, end int64, want, last record.Position) (damage, error) {
	next, first, ok, err := findEntry(r, h, off+entryAlign, end)
	if err != nil {
		return damage{}, err
	}
	if !ok {
		return damage{at: off, next: end, first: want, last: last}, nil
	}
	return damage{at: off, next: next, first: want, last: first - 1}, nil
}

// walk calls visit for each sound entry of a segment from off to end, and returns the damages between them. want is the
// position at off. Entries that are only valid until visit returns.
func walk(r io.ReaderAt, h *segmentHeader, off, end int64, want, last record.Position, visit func(off int64, e *logEntry)) ([]damage, error) {
	var found []damage
	seed := h.seed()
	buf := newBuffer(max(0, min(blockBytes, end-off)))
	for off < end {
		n, _, need, s, err := readEntries(r, seed, buf, off, end)
		switch {
		case err != nil:
			return found, err
		case s == torn:
			buf = newBuffer(need)
			continue
		case s != sound:
			d, err := skip(r, h, off, end, want, last)
			if err != nil {
				return found, err
			}
			found = append(found, d)
			off, want = d.next, d.last+1
			continue
		}
		for at := 0; at < n; {
			e := entryIn(buf[at:n])
			visit(off+int64(at), &e)
			at += len(e.buf)
			want = e.last() + 1
		}
		off += int64(n)
	}
	return found, nil
}

// patchedFile is a file of which some pages can't be read: those are zeros.
type patchedFile struct{ file }

func (p patchedFile) ReadAt(b []byte, off int64) (int, error) {
	n, err := p.file.ReadAt(b, off)
	if err == nil || errors.Is(err, io.EOF) {
		return n, err
	}
	const page = 4096
	size, err := p.Size()
	if err != nil {
		return 0, err
	}
	if off >= size {
		return 0, io.EOF
	}
	b = b[:min(int64(len(b)), size-off)]
	for at := 0; at < len(b); {
		piece := b[at:min(len(b), at+page-int((off+int64(at))%page))]
		if _, err := readFull(p.file, piece, off+int64(at)); err != nil {
			clear(piece)
		}
		at += len(piece)
	}
	return len(b), nil
}
