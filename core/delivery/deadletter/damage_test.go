package deadletter

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// smallDisk holds letters 0 to 5 in two segments, of which 1 is removed.
func smallDisk(t *testing.T) *modelDisk {
	m := newModelDisk()
	s := openModel(t, m, Options{SegmentBytes: 1700})
	put(t, s, lettersAt(0, 4)...)
	put(t, s, lettersAt(4, 1)...)
	put(t, s, lettersAt(5, 1)...)
	var replayed []uint64
	_, err := s.Replay(t.Context(), Filter{Position: 1}, publishAll(&replayed))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if len(m.names) != 3 {
		t.Fatalf("files %v", m.names)
	}
	return m
}

// with returns a copy of the disk in which a file has other contents.
func (m *modelDisk) with(name string, data []byte) *modelDisk {
	after := newModelDisk()
	for n, f := range m.names {
		after.names[n] = &modelFile{data: slices.Clone(f.data), stable: slices.Clone(f.data)}
	}
	after.names[name] = &modelFile{data: data, stable: slices.Clone(data)}
	return after
}

// survive opens a damaged store, for reading and for writing, writes to it and rewrites all of it. Of the letters it may
// have lost the ones named, and the damage stays until it is purged.
func survive(t *testing.T, m *modelDisk, damaged bool, lost ...uint64) {
	t.Helper()
	want := slices.DeleteFunc(append([]uint64{0}, from(2, 4)...), func(p uint64) bool { return slices.Contains(lost, p) })
	r, err := newReader(m)
	if err != nil {
		t.Fatal(err)
	}
	check := func(r *Reader) {
		t.Helper()
		if got := positions(t, r, Filter{}); !cmp.Equal(got, want) {
			t.Fatalf("letters %v, want %v", got, want)
		}
		if (r.Damage().Lines > 0) != damaged {
			t.Fatalf("damage %+v, want some: %t", r.Damage(), damaged)
		}
	}
	check(r)
	s, err := open(m, address, Options{SegmentBytes: 1700})
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore(t, s)
	put(t, s, lettersAt(20, 2)...)
	want = append(want, 20, 21)
	check(s.Reader())
	if _, err := s.Purge(t.Context(), Filter{}); err != nil {
		t.Fatal(err)
	}
	if got := s.Reader(); len(positions(t, got, Filter{})) > 0 || (got.Damage().Lines > 0) != damaged {
		t.Fatalf("after a purge %v, damage %+v", positions(t, got, Filter{}), got.Damage())
	}
	if done, err := s.Purge(t.Context(), Filter{Damaged: true}); err != nil || (done.Damaged > 0) != damaged || s.Bytes() > 0 {
		t.Fatalf("purged %+v, %v, %d bytes left", done, err, s.Bytes())
	}
}

func TestOneDamagedByteCostsOneLetter(t *testing.T) {
	m := smallDisk(t)
	positionsOf := map[string][]uint64{segmentName(1): from(0, 4), segmentName(5): from(4, 2)}
	for name, all := range positionsOf {
		data := m.names[name].data
		if n := bytes.Count(data, []byte("\n")); n != len(all) {
			t.Fatalf("%s has %d lines", name, n)
		}
		for at := range data {
			flips := []byte{0x01}
			if os.Getenv("SKIDWAY_LONG_TESTS") != "" {
				flips = []byte{0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80}
			}
			if data[at] == '\n' {
				flips = []byte{'\n' ^ '{', '\n' ^ '}', 0xff}
			}
			for _, flip := range flips {
				broken := slices.Clone(data)
				broken[at] ^= flip
				victim := all[bytes.Count(data[:at], []byte("\n"))]
				if data[at] == '\n' {
					// What is between two lines costs neither; at the very end it is read as a write cut short.
					survive(t, m.with(name, broken), at != len(data)-1)
					continue
				}
				survive(t, m.with(name, broken), true, victim)
			}
		}
	}
}

func TestATruncatedSegmentKeepsItsWholeLines(t *testing.T) {
	m := smallDisk(t)
	data := m.names[segmentName(5)].data
	for size := range data {
		lines := uint64(bytes.Count(data[:size], []byte("\n")))
		if size > 0 && data[size-1] == '}' && data[size] == '\n' {
			lines++ // only the line feed is missing
		}
		survive(t, m.with(segmentName(5), slices.Clone(data[:size])), false, from(4+lines, 2-lines)...)
	}
}

func TestADamagedListOfRemovedEntriesOnlyRepeats(t *testing.T) {
	m := smallDisk(t)
	name := removedName(1)
	data := m.names[name].data
	check := func(broken []byte) {
		t.Helper()
		after := m.with(name, broken)
		r, err := newReader(after)
		if err != nil {
			t.Fatal(err)
		}
		s := openModel(t, after, Options{SegmentBytes: 1700})
		for _, r := range []*Reader{r, s.Reader()} {
			if got := positions(t, r, Filter{}); !cmp.Equal(got, from(0, 6)) {
				t.Fatalf("letters %v", got)
			}
		}
		if r.Damage().Segments != 1 {
			t.Fatalf("damage %+v", r.Damage())
		}
		var replayed []uint64
		if _, err := s.Replay(t.Context(), Filter{}, publishAll(&replayed)); err != nil || s.Bytes() != 0 {
			t.Fatal(err, s.Bytes())
		}
	}
	for at := range data {
		broken := slices.Clone(data)
		broken[at] ^= 0x04
		check(broken)
		check(slices.Clone(data[:at]))
	}
	for _, made := range []removedFile{{Removed: numbers{{5, 4}}}, {Removed: numbers{{3, 4}, {4, 9}}}, {Removed: numbers{{0, 1}}}} {
		b, err := appendSealed(nil, made)
		if err != nil {
			t.Fatal(err)
		}
		check(b)
	}
}

func TestALineWithoutEndIsReadInPieces(t *testing.T) {
	whole := lineOf(t, 3, new(letterAt(1, "x")))
	data := bytes.Repeat([]byte("y"), 300_000)
	data = append(append(append(data, '\n'), whole...), "\n\nz"...)
	var sizes []int
	var entries []uint64
	err := scan(bytes.NewReader(data), 100_000, func(p piece) error {
		sizes, entries = append(sizes, len(p.data)), append(entries, p.entry)
		return nil
	})
	if err != nil || len(sizes) < 4 || slices.Max(sizes) > 100_000+64<<10 || !slices.Equal(entries[len(entries)-2:], []uint64{3, 0}) {
		t.Errorf("pieces %v, entries %v, %v", sizes, entries, err)
	}
}

// A list of removed entries may come back after a power cut, when its segment was rewritten without them already.
func TestAListThatComesBackHidesNothingNew(t *testing.T) {
	m := newModelDisk()
	s := openModel(t, m, Options{})
	put(t, s, lettersAt(0, 5)...)
	var replayed []uint64
	if _, err := s.Replay(t.Context(), Filter{Position: 4}, publishAll(&replayed)); err != nil {
		t.Fatal(err)
	}
	list := m.names[removedName(1)].data
	if _, err := s.Purge(t.Context(), Filter{Position: 3}); err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	after := m.with(removedName(1), list)
	delete(after.names, segmentName(6)) // as on a disk that had no room for a successor
	s = openModel(t, after, Options{})
	put(t, s, lettersAt(10, 2)...)
	if got := positions(t, s.Reader(), Filter{}); !cmp.Equal(got, []uint64{0, 1, 2, 10, 11}) {
		t.Errorf("letters %v", got)
	}
}
