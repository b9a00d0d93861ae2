package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/skidway/skidway/core/record"
)

const (
	pastMagic = "SKWPAST\n"
	pastName  = "past"
	pastTemp  = "past.new"
	// maxPast bounds the file of the past.
	maxPast = 1 << 20
)

// past is what changed the meaning of older segments. It is written seldom, each time to a new file.
type past struct {
	// ids of the spool, in their order; the last one is that of new segments. Empty: it never had another one.
	ids     [][16]byte
	renames []renamed
}

// renamed says that the records of a destination in the segments up to a position were appended under an older address.
type renamed struct {
	from, to string
	// through: segments that begin behind it are not meant.
	through record.Position
	// done: the cursor has the new address too.
	done bool
}

// apply gives the destinations of a segment the addresses that they have now.
func (p *past) apply(h *segmentHeader) {
	for _, r := range p.renames {
		if h.first > r.through {
			continue
		}
		for _, set := range h.sets {
			for i, a := range set {
				if a == r.from {
					set[i] = r.to
				}
			}
		}
	}
}

// knows reports whether the spool has or had the id.
func (p *past) knows(id [16]byte) bool { return slices.Contains(p.ids, id) }

func (p *past) clone() past { return past{slices.Clone(p.ids), slices.Clone(p.renames)} }

func (p *past) encode() []byte {
	var e encoder
	e.u32(uint32(len(p.ids)))
	for _, id := range p.ids {
		e.b = append(e.b, id[:]...)
	}
	e.u32(uint32(len(p.renames)))
	for _, r := range p.renames {
		e.bytes([]byte(r.from))
		e.bytes([]byte(r.to))
		e.u64(uint64(r.through))
		e.u16(boolBit(r.done))
	}
	return sealSheet(pastMagic, formatVersion, 0, e.b)
}

func decodePast(b []byte) (p past, ok bool) {
	d := decoder{b: b}
	for range d.u32() {
		p.ids = append(p.ids, [16]byte(d.next(16)))
		if d.short {
			return past{}, false
		}
	}
	for range d.u32() {
		p.renames = append(p.renames, renamed{string(d.bytes()), string(d.bytes()), record.Position(d.u64()), d.u16() != 0})
		if d.short {
			return past{}, false
		}
	}
	return p, !d.short
}

// readPast reads the past; there is none in most spools. It is there twice, each copy in sectors of its own. damaged says
// that neither is intact.
func readPast(r reader) (p past, damaged bool, err error) {
	f, err := r.Open(pastName)
	if errors.Is(err, fs.ErrNotExist) {
		return p, false, nil
	}
	if err != nil {
		return p, false, fmt.Errorf("open past: %w", err)
	}
	defer f.Close()
	b := make([]byte, 2*maxPast)
	n, err := readFull(steadyFile{f}, b, 0)
	if err != nil {
		return p, false, fmt.Errorf("read past: %w", err)
	}
	for at := 0; at < n; at += headerAlign {
		contents, version, ok := openSheet(pastMagic, 0, b[at:n])
		if ok && version > formatVersion {
			return p, false, &newerError{name: pastName, version: version}
		}
		if ok {
			if p, ok = decodePast(contents); ok {
				return p, false, nil
			}
		}
	}
	return past{}, true, nil
}

// writePast makes the past durable.
func writePast(fsys fileSystem, p *past) error {
	sheet := p.encode()
	if len(sheet) > maxPast {
		return fmt.Errorf("write past: %d bytes; at most %d", len(sheet), maxPast)
	}
	b := slices.Clone(sheet)
	b = append(b, make([]byte, alignUp(int64(len(b)), headerAlign)-int64(len(b)))...)
	b = append(b, sheet...)
	if err := replaceFile(fsys, pastName, pastTemp, b); err != nil {
		return fmt.Errorf("write past: %w", err)
	}
	return nil
}

// replaceFile makes a file of these bytes, durably, in the place of one that has the name.
func replaceFile(fsys fileSystem, name, temporary string, b []byte) error {
	if err := inTheWay(fsys, name); err != nil {
		return err
	}
	f, err := createOver(fsys, temporary)
	if err != nil {
		return err
	}
	if err := errors.Join(fill(f, b, int64(len(b))), f.Close()); err != nil {
		return errors.Join(err, fsys.Remove(temporary))
	}
	if err := fsys.Rename(temporary, name); err != nil {
		return err
	}
	return fsys.SyncFolder("")
}
