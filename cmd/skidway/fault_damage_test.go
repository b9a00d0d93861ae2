package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// withBacklog is a router that was stopped, with 1000 records on the disk for a destination that was down.
func withBacklog(t *testing.T) *troubled {
	t.Helper()
	x := newTroubled(t)
	x.p.size = 1000
	x.configure([]string{troubleA}, x.destination("max_in_flight = 1"))
	x.want("down")
	d := x.run()
	for range 20 {
		x.p.must(50)
	}
	d.WaitLog("the outage is said", message("batch is to be sent again"))
	d.stopped()
	x.enough("down")
	return x
}

func (x *troubled) segments() []string {
	x.t.Helper()
	segments, err := filepath.Glob(filepath.Join(x.dir, "data", "spool", "*.seg"))
	if err != nil || len(segments) < 5 {
		x.t.Fatalf("%d segments: %v", len(segments), err)
	}
	return segments
}

// TestDamagedSegment: what is damaged is named, counted and kept, and costs nothing else.
func TestDamagedSegment(t *testing.T) {
	t.Parallel()
	x := withBacklog(t)
	segments := x.segments()
	victim := segments[len(segments)/2]
	content := read(t, victim)
	middle := len(content) / 2
	for i := range 16 {
		content[middle+i] ^= 0x5a
	}
	write(t, victim, string(content))

	d := x.run()
	l := d.WaitLog("the damage is said", message("the spool is damaged"))
	x.p.must(1)
	x.p.waitLast(x.out())
	d.stopped()
	first, last := int(l["first_position"].(float64)), int(l["last_position"].(float64))
	lost := last - first + 1
	if lost < 1 || lost > 50 || l["positions"] != float64(lost) || l["segment"] != filepath.Base(victim) {
		t.Errorf("the damage that is reported: %v", l)
	}
	d.has(troubleA, "delivered", 1001-lost, "dropped_damaged", lost, "dropped", lost, "held", 0)
	d.WaitLog("the loss of the destination is said", message("records lost to damage of the disk", "destination", troubleA))

	// Positions count from 1, and so did the records of the first run.
	var want strings.Builder
	pad := strings.Repeat("x", x.p.size)
	for i := range 1000 {
		if i+1 < first || i+1 > last {
			fmt.Fprintf(&want, "0:%d %s\n", i, pad)
		}
	}
	fmt.Fprintf(&want, "1:0 %s\n", pad)
	if got := read(t, x.out()); string(got) != want.String() {
		t.Errorf("the file has %d lines, which are not those that are intact", bytes.Count(got, []byte("\n")))
	}
	kept, _ := l["copy"].(string)
	piece := read(t, filepath.Join(x.dir, "data", "spool", kept))
	if !bytes.Contains(piece, content[middle:middle+16]) {
		t.Errorf("the quarantine holds %d bytes without the damaged ones", len(piece))
	}
	if _, err := os.Stat(victim); err == nil {
		t.Error("the segment is still there although all of it is delivered")
	}
}

// TestMissingSegment: the records are named and counted.
func TestMissingSegment(t *testing.T) {
	t.Parallel()
	x := withBacklog(t)
	segments := x.segments()
	if err := os.Remove(segments[2]); err != nil {
		t.Fatal(err)
	}
	positions := func(path string) int {
		n, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(path), ".seg"))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	first, next := positions(segments[2]), positions(segments[3])
	d := x.run()
	l := d.WaitLog("the gap is said", message("segments of the spool are missing"))
	if l["first_position"] != float64(first) || l["last_position"] != float64(next-1) {
		t.Errorf("the gap that is reported: %v, want %d to %d", l, first, next-1)
	}
	x.p.must(1)
	x.p.waitLast(x.out())
	d.stopped()
	d.has(troubleA, "delivered", 1001-(next-first), "held", 0)
	if n := bytes.Count(read(t, x.out()), []byte("\n")); n != 1001-(next-first) {
		t.Errorf("%d lines are in the file", n)
	}
}

// TestEveryFileBesideTheSegmentsMayBeLost: at worst something is delivered twice.
func TestEveryFileBesideTheSegmentsMayBeLost(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"data/spool/cursors", "data/spool/lock", "data/spool/where",
		"data/state", "data/dead-letter", ".out.log.skidway",
		"data/dead-letter/destination.trouble.a/lock",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newTroubled(t)
			x.configure([]string{troubleA, "destination.file.out"}, x.destination(`reject_on = "bad"`), fileOut("out"))
			d := x.run()
			for range 5 {
				x.p.must(20)
			}
			if !x.p.raw("bad one\n") {
				t.Fatal("a record was not accepted")
			}
			d.WaitLog("it is rejected", message("records dead-lettered"))
			x.p.waitLast(x.out())
			x.p.waitLast(filepath.Join(x.dir, "out.log"))
			x.want("down")
			x.p.must(20)
			d.killed()
			path := filepath.Join(x.dir, name)
			if _, err := os.Stat(path); err != nil {
				t.Fatalf("there is no such file: %v", err)
			}
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
			x.enough("down")
			d = x.run()
			x.p.must(20)
			x.p.waitLast(x.out())
			x.p.waitLast(filepath.Join(x.dir, "out.log"))
			d.killed()
			d = x.run()
			x.p.must(1)
			d.stopped()
			for _, to := range []string{troubleA, "destination.file.out"} {
				d.has(to, "held", 0, "dropped", 0)
			}
			a := atLeastOnce(t, read(t, x.out()), x.p.accepted)
			out := withoutLine(read(t, filepath.Join(x.dir, "out.log")), "bad one\n")
			b := atLeastOnce(t, out, x.p.accepted)
			t.Logf("%d and %d records came twice", a, b)
			if name != ".out.log.skidway" && name != "data/spool/cursors" && b > 0 {
				t.Errorf("%d records are twice in the file, which has its own state", b)
			}
		})
	}
}

func withoutLine(content []byte, line string) []byte {
	return bytes.ReplaceAll(content, []byte(line), nil)
}

// TestFilesOfOthersAreLeftAlone: they are named, not followed, not read, not deleted, and the router does its work.
func TestFilesOfOthersAreLeftAlone(t *testing.T) {
	t.Parallel()
	x := withBacklog(t)
	precious := filepath.Join(x.dir, "precious")
	write(t, precious, "somebody else's")
	spool := filepath.Join(x.dir, "data", "spool")
	letters := filepath.Join(x.dir, "data", "dead-letter", troubleA)
	var names []string
	place := func(dir, name string, how func(path string) error) {
		path := filepath.Join(dir, name)
		if err := how(path); err != nil {
			t.Fatal(err)
		}
		names = append(names, path)
	}
	file := func(path string) error { return os.WriteFile(path, []byte("notes"), 0o600) }
	link := func(path string) error { return os.Symlink(precious, path) }
	folder := func(path string) error { return os.Mkdir(path, 0o700) }
	place(spool, "notes.txt", file)
	place(spool, "99999999999999999999.seg.bak", file)
	place(spool, "00000000000000000003.seg", link)
	place(spool, "00000000000000900000.seg", fifo)
	place(spool, "00000000000000900001.seg", folder)
	place(letters, "notes.txt", file)
	place(letters, "000000000007.ndjson", link)
	place(letters, "000000000009.ndjson", fifo)
	place(letters, "000000000011.removed", link)
	place(letters, "rewrite", link)
	before := modes(t, names)

	x.configure([]string{troubleA}, x.destination(`reject_on = "bad"`))
	d := x.run()
	if !x.p.raw("bad one\n") {
		t.Fatal("a record was not accepted")
	}
	x.p.must(1)
	x.p.waitLast(x.out())
	d.stopped()
	d.has(troubleA, "delivered", 1001, "dead_lettered", 1, "held", 0, "dropped", 0)
	if records, _ := stored(t, x.dir, troubleA); !slices.Contains(records, "bad one") {
		t.Errorf("the store has %q", records)
	}
	for _, path := range names {
		if d.Logged(func(l map[string]any) bool {
			return message("left alone")(l) && l["name"] == filepath.Base(path)
		}) == 0 {
			t.Errorf("no warning names %s", path)
		}
	}
	if after := modes(t, names); !slices.Equal(before, after) {
		t.Errorf("they were\n%s\nand are\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
	}
	if got := string(read(t, precious)); got != "somebody else's" {
		t.Errorf("what a link leads to is %.40q", got)
	}
}

// modes says what is there.
func modes(t *testing.T, names []string) (all []string) {
	t.Helper()
	for _, path := range names {
		info, err := os.Lstat(path)
		if err != nil {
			all = append(all, err.Error())
			continue
		}
		all = append(all, fmt.Sprint(path, " ", info.Mode(), " ", info.Size()))
	}
	return all
}
