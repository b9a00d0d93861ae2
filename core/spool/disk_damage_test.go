package spool

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
)

// everyByte makes the damage tests look at each byte instead of every 7th.
var everyByte = flag.Bool("every-byte", false, "damage each byte of the log instead of every 7th")

// smallLog is a spool with 200 records for one destination in three segments, of which the first 20 are settled.
type smallLog struct {
	disk    *modelDisk
	records [][]byte // of position i at i
	settled record.Position
}

func newSmallLog(t *testing.T, sealed bool) *smallLog {
	w := &smallLog{disk: newModelDisk(), records: [][]byte{nil}}
	d := testDisk(t, w.disk, DiskOptions{SegmentBytes: 8_000})
	a := diskCursorOf(t, d, "a", BacklogOptions{})
	s := diskSet(t, d, "a")
	for i := range 50 {
		g := testGroup(fmt.Sprint("group", i), 4, 30+i)
		put(t, d, g, s)
		for data, j := g.Data, 0; j < 4; j++ {
			n := g.Sizes[j] + 1
			w.records = append(w.records, bytes.Clone(data[:n]))
			data = data[n:]
		}
	}
	r, _ := a.Take(20, 1<<20, true)
	for w.settled = r.Last(); w.settled < 20; w.settled = r.Last() {
		settle(a, r)
		r, _ = a.Take(20, 1<<20, true)
	}
	settle(a, r)
	if sealed {
		end(t, d)
	} else {
		if err := d.syncCursors(); err != nil {
			t.Fatal(err)
		}
		w.disk = w.disk.kill()
	}
	if n := len(w.segments()); n != 3 {
		t.Fatalf("%d segments, want 3", n)
	}
	return w
}

func (w *smallLog) segments() []string {
	var names []string
	for _, n := range slices.Sorted(maps.Keys(w.disk.names)) {
		if strings.HasSuffix(n, segmentSuffix) {
			names = append(names, n)
		}
	}
	return names
}

// copied returns a disk of its own with the same files.
func (w *smallLog) copied() *modelDisk {
	m := newModelDisk()
	for name, f := range w.disk.names {
		m.names[name] = &modelFile{data: bytes.Clone(f.data), stable: f.data, kind: f.kind}
	}
	m.stable = maps.Clone(m.names)
	return m
}

// check opens the spool on m: everything must be delivered as it was, in order, or be counted as lost. It returns the
// positions that were not delivered. unseen: that something is missing can't be seen.
func (w *smallLog) check(t *testing.T, m *modelDisk, what string, unseen bool) (missing []record.Position) {
	t.Helper()
	d := testDisk(t, m, DiskOptions{SegmentBytes: 8_000})
	a := diskCursorOf(t, d, "a", BacklogOptions{})
	got := map[record.Position]bool{}
	last := record.Position(0)
	for _, r := range takeAll(a) {
		data := r.Data
		for i, n := range r.Sizes {
			p := r.First + record.Position(i)
			if p <= last || int(p) >= len(w.records) || !bytes.Equal(data[:n+1], w.records[p]) {
				t.Fatalf("%s: after %d came %d with %q", what, last, p, data[:n+1])
			}
			got[p], last, data = true, p, data[n+1:]
		}
		settle(a, r)
	}
	for p := w.settled + 1; int(p) < len(w.records); p++ {
		if !got[p] {
			missing = append(missing, p)
		}
	}
	if b := a.Backlog(); b.Records != 0 || b.Bytes != 0 || b.Untaken != 0 {
		t.Fatalf("%s: backlog = %+v after everything was settled", what, b)
	}
	var lost []record.Position
	for _, l := range d.State().Losses {
		for p := max(l.First, w.settled+1); p <= l.Last; p++ {
			lost = append(lost, p)
		}
	}
	slices.Sort(lost)
	if !slices.Equal(lost, missing) && !unseen {
		t.Fatalf("%s: %v are missing, %v are reported as lost", what, missing, lost)
	}
	p := put(t, d, testGroup("fresh", 1, 10), diskSet(t, d, "a"))
	if int(p) < len(w.records) {
		t.Fatalf("%s: position %d is used again", what, p)
	}
	if r, ok := a.Take(1, 100, true); !ok || r.First != p {
		t.Fatalf("%s: the fresh record is not delivered", what)
	}
	return missing
}

func step() int {
	switch {
	case *everyByte:
		return 1
	case raceEnabled:
		return 101
	}
	return 7
}

func TestDiskLosesNoMoreThanWhatIsDamaged(t *testing.T) {
	for _, sealed := range []bool{true, false} {
		w := newSmallLog(t, sealed)
		for _, name := range w.segments() {
			size := len(w.disk.names[name].data)
			for at := 0; at < size; at += step() {
				m := w.copied()
				m.names[name].data[at] ^= 0x10
				missing := w.check(t, m, fmt.Sprintf("byte %d of %s, sealed %t", at, name, sealed), false)
				if len(missing) > 4 {
					t.Fatalf("byte %d of %s, sealed %t: %d records are missing: %v", at, name, sealed, len(missing), missing)
				}
			}
		}
	}
}

func TestDiskOpensWhateverItsFilesLength(t *testing.T) {
	for _, sealed := range []bool{true, false} {
		w := newSmallLog(t, sealed)
		for _, name := range w.segments() {
			for size := 0; size < len(w.disk.names[name].data); size += step() {
				m := w.copied()
				m.names[name].data = m.names[name].data[:size:size]
				w.check(t, m, fmt.Sprintf("%s cut to %d bytes, sealed %t", name, size, sealed), false)
			}
		}
	}
}

func TestDiskReportsZeroedPagesAndMissingSegments(t *testing.T) {
	w := newSmallLog(t, true)
	for i, name := range w.segments() {
		for page := 0; page+512 <= len(w.disk.names[name].data); page += 512 {
			m := w.copied()
			clear(m.names[name].data[page : page+512])
			w.check(t, m, fmt.Sprintf("page at %d of %s", page, name), false)
		}
		m := w.copied()
		delete(m.names, name)
		missing := w.check(t, m, name+" deleted", i == 0)
		if i == 1 && len(missing) < 30 {
			t.Errorf("%d records are missing without the second segment", len(missing))
		}
	}
}

func TestDiskNeedsNoneOfItsOtherFiles(t *testing.T) {
	w := newSmallLog(t, false)
	all := w.settled
	defer func() { w.settled = all }()
	for _, name := range []string{cursorName, lockName, spareName} {
		m := w.copied()
		delete(m.names, name)
		w.settled = all
		if name == cursorName {
			w.settled = 0 // everything is sent again
		}
		if missing := w.check(t, m, name+" deleted", false); len(missing) > 0 {
			t.Errorf("without %s %d records are missing", name, len(missing))
		}
	}
	size := len(w.disk.names[cursorName].data)
	for at := 0; at < size; at += step() {
		if at >= 500 && at < minSlot {
			at = minSlot // between the slots' contents nothing is looked at
		}
		if at > minSlot+500 {
			break
		}
		m := w.copied()
		m.names[cursorName].data[at] ^= 1
		w.settled = 0
		w.checkAgain(t, m, fmt.Sprintf("byte %d of the cursors", at))
		m = w.copied()
		m.names[cursorName].data = m.names[cursorName].data[:at:at]
		w.checkAgain(t, m, fmt.Sprintf("cursors cut to %d bytes", at))
	}
}

// checkAgain opens the spool on m; the settled records may come again, all others must.
func (w *smallLog) checkAgain(t *testing.T, m *modelDisk, what string) {
	t.Helper()
	d := testDisk(t, m, DiskOptions{SegmentBytes: 8_000})
	a := diskCursorOf(t, d, "a", BacklogOptions{})
	want := bytes.Join(w.records[21:], nil)
	runs := takeAll(a)
	if got := dataOf(runs); !bytes.HasSuffix(got, want) {
		t.Fatalf("%s: %d bytes were delivered, want %d at least", what, len(got), len(want))
	}
	settle(a, runs...)
}

// TestDiskDoesNotMissWhatEverybodyHas: a power cut keeps the end of one deleted segment's name and not that of an older one.
func TestDiskDoesNotMissWhatEverybodyHas(t *testing.T) {
	for name, settled := range map[string]bool{"settled": true, "not settled": false} {
		t.Run(name, func(t *testing.T) {
			m := newModelDisk()
			d := testDisk(t, m, DiskOptions{Retain: time.Hour})
			c, s := diskCursorOf(t, d, "a", BacklogOptions{}), diskSet(t, d, "a")
			for range 40 {
				put(t, d, testGroup("x", 10, 1000), s)
			}
			if settled {
				settle(c, takeAll(c)...)
			}
			if len(d.files) < 3 {
				t.Fatalf("%d segments, want some", len(d.files))
			}
			gone := d.files[1].name
			end(t, d)
			delete(m.names, gone)
			d = testDisk(t, m, DiskOptions{Retain: time.Hour})
			if lost := d.State().Lost; (lost > 0) == settled {
				t.Errorf("%d positions are reported as lost", lost)
			}
			end(t, d)
		})
	}
}

// TestEntryWithAnUnknownFlagIsNotRead: what the flag means to the program that set it is not known.
func TestEntryWithAnUnknownFlagIsNotRead(t *testing.T) {
	g := testGroup("g", 1, 20)
	for flag, want := range map[uint16]soundness{0: sound, flagTruncated: sound, 8: broken, 1 << 15: broken} {
		n, err := groupBytes(g)
		if err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, n)
		encodeEntry(buf, g, 7, 1)
		binary.LittleEndian.PutUint16(buf[62:], flag)
		finishEntry(buf, 1, 0)
		if _, _, got := parseEntry(buf, 1); got != want {
			t.Errorf("flag %d: %d, want %d", flag, got, want)
		}
	}
}
