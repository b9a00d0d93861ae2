package spool

import (
	"bytes"
	"fmt"
	"syscall"
	"testing"
	"time"
)

// unreadableFrom lets all reads of segments fail from the nth on, as many times as given; 0: always.
func unreadableFrom(m *modelDisk, n, times int) {
	reads := 0
	m.fail = func(_ int, op, name string) error {
		if _, ok := segmentFirst(name); !ok || op != "read" {
			return nil
		}
		if reads++; reads >= n && (times == 0 || reads < n+times) {
			return syscall.EIO
		}
		return nil
	}
}

func TestDiskKeepsWhatItCannotReadWhenADestinationComes(t *testing.T) {
	for _, times := range []int{1, 4, 5, 6, 0} {
		t.Run(fmt.Sprint(times), func(t *testing.T) {
			m := newModelDisk()
			d := testDisk(t, m, DiskOptions{})
			a := diskCursorOf(t, d, "a", BacklogOptions{})
			s := diskSet(t, d, "a")
			put(t, d, testGroup("x", 1, 100), s)
			settle(a, takeAll(a)...)
			for range 20 {
				put(t, d, testGroup("x", 10, 100), s)
			}
			r, _ := a.Take(10, 1<<20, true)
			settle(a, r)
			end(t, d)

			d = testDisk(t, m, DiskOptions{})
			unreadableFrom(m, 1, times)
			a = diskCursorOf(t, d, "a", BacklogOptions{})
			m.fail = nil
			if b := a.Backlog(); b.Records < 190 || b.Bytes < 190*100 || b.Untaken < 190 || b.OldestUnixNano == 0 {
				t.Errorf("backlog = %+v, and 190 records wait", b)
			}
			d.tick(time.Now())
			got := 0
			for _, r := range takeAll(a) {
				got += r.Len()
				settle(a, r)
			}
			if got != 190 {
				t.Errorf("%d records were delivered, want 190", got)
			}
			if b := a.Backlog(); b.Records != 0 || b.Bytes != 0 || b.Untaken != 0 || b.DroppedDamaged != 0 {
				t.Errorf("backlog = %+v after all was delivered", b)
			}
			end(t, d)
		})
	}
}

func TestDiskLeavesAloneWhatItCannotReadWhenItOpens(t *testing.T) {
	refused, opened := 0, 0
	for n := 1; n < 16; n++ {
		for _, times := range []int{1, 4, 20, 0} {
			m := newModelDisk()
			d := testDisk(t, m, DiskOptions{})
			diskCursorOf(t, d, "a", BacklogOptions{})
			s := diskSet(t, d, "a")
			for range 20 {
				put(t, d, testGroup("x", 10, 100), s)
			}
			if err := d.syncCursors(); err != nil {
				t.Fatal(err)
			}
			m = m.kill()
			name := segmentName(1)
			before := bytes.Clone(m.names[name].data)
			unreadableFrom(m, n, times)
			d, err := tryDisk(m, DiskOptions{}, time.Now)
			m.fail = nil
			if err != nil {
				refused++
				if f := m.names[name]; f == nil || !bytes.Equal(f.data, before) {
					t.Fatalf("read %d fails %d times: the segment was changed, and the spool refused: %v", n, times, err)
				}
				d = testDisk(t, m, DiskOptions{})
			} else {
				opened++
			}
			a := diskCursorOf(t, d, "a", BacklogOptions{})
			got := 0
			for _, r := range takeAll(a) {
				got += r.Len()
				settle(a, r)
			}
			if st := d.State(); got != 200 || st.Damages != 0 {
				t.Errorf("read %d fails %d times: %d records of 200 were delivered, %d damages", n, times, got, st.Damages)
			}
			end(t, d)
		}
	}
	if refused == 0 || opened == 0 {
		t.Errorf("refused %d times, opened %d times: both should occur", refused, opened)
	}
}

// hole is a file in which nothing can be read from one offset to another.
type hole struct {
	file
	from, to int64
}

func (h hole) ReadAt(b []byte, off int64) (int, error) {
	if off < h.to && off+int64(len(b)) > h.from {
		return 0, syscall.EIO
	}
	return h.file.ReadAt(b, off)
}

func TestDiskReadsAHeaderBesideASectorThatIsBad(t *testing.T) {
	w := newSmallLog(t, true)
	name := w.segments()[0]
	f, err := w.disk.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h, start, ok, err := steadyHeader(hole{f, 4096, 8192}, name)
	if err != nil || !ok || h.first != 1 || start == 0 {
		t.Errorf("with a bad sector among the entries: first %d, start %d, %t, %v", h.first, start, ok, err)
	}
	if _, _, ok, err := steadyHeader(hole{f, 0, 4096}, name); ok || err == nil {
		t.Errorf("with a bad sector instead of the header: %t, %v; want an error", ok, err)
	}
}

func TestDiskKeepsAReplayThatItCannotReadWhenADestinationComes(t *testing.T) {
	for n := range 8 {
		m := newModelDisk()
		d, _, b := replayLog(t, m)
		report, err := d.Replay(t.Context(), "b", ReplayOptions{Like: "a"})
		if err != nil {
			t.Fatal(err)
		}
		want := b.Backlog().Records
		end(t, d)

		d = testDisk(t, m, DiskOptions{SegmentBytes: 8_000, Retain: time.Hour})
		unreadableFrom(m, n, 0)
		b = diskCursorOf(t, d, "b", BacklogOptions{})
		m.fail = nil
		if got := b.Backlog().Records; got < want {
			t.Errorf("read %d fails: backlog of %d records, want %d of a replay of %d at least", n, got, want, report.Records)
		}
		var got int64
		for _, r := range takeAll(b) {
			got += int64(r.Len())
			settle(b, r)
		}
		if l := b.Backlog(); got != want || l.Records != 0 || l.Bytes != 0 || l.DroppedDamaged != 0 {
			t.Errorf("read %d fails: %d records were delivered, want %d; backlog = %+v", n, got, want, l)
		}
		end(t, d)
	}
}
