package spool

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skidway/skidway/core/record"
)

func TestNewMemoryChecksOptions(t *testing.T) {
	for name, c := range map[string]struct {
		o            Options
		want         string
		bytes, slabs int64
	}{
		"defaults":                  {bytes: 64 << 20, slabs: 4 << 20},
		"small spool":               {o: Options{MaxBytes: 16 << 20}, bytes: 16 << 20, slabs: 4 << 20},
		"given segments":            {o: Options{SegmentBytes: 1 << 20}, bytes: 64 << 20, slabs: 1 << 20},
		"too small":                 {o: Options{MaxBytes: 16<<20 - 1}, want: "at least 16777216"},
		"negative":                  {o: Options{MaxBytes: -1}, want: "max_bytes is -1"},
		"segments too small":        {o: Options{SegmentBytes: 1000}, want: "segments of 1000 bytes"},
		"segments over the quarter": {o: Options{SegmentBytes: 17 << 20}, want: "a quarter of max_bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := NewMemory(c.o)
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Fatalf("NewMemory = %v, want an error with %q", err, c.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if m.maxBytes != c.bytes || m.segmentBytes != c.slabs {
				t.Errorf("bytes, segment bytes = %d, %d, want %d, %d", m.maxBytes, m.segmentBytes, c.bytes, c.slabs)
			}
			if got, want := m.Stats(), (Stats{MaxBytes: c.bytes, Next: 1}); got != want {
				t.Errorf("Stats = %+v, want %+v", got, want)
			}
		})
	}
}

func TestIDDiffersAtEachStart(t *testing.T) {
	if a, b := testMemory(1<<20, 1<<16).ID(), testMemory(1<<20, 1<<16).ID(); a == b {
		t.Errorf("two spools have the id %x", a)
	}
}

func TestCursorChecksOptions(t *testing.T) {
	m := testMemory(1000, 100)
	for _, c := range []struct {
		o    BacklogOptions
		want string
	}{
		{BacklogOptions{MaxBytes: -1}, "backlog of -1"},
		{BacklogOptions{MaxAge: -time.Second}, "max_age is -1s"},
		{BacklogOptions{WhenFull: 7}, "unknown policy 7"},
		{BacklogOptions{}, ""},
		{BacklogOptions{}, "has a cursor already"},
	} {
		cursor, err := m.Cursor("destination.file.a", c.o)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("Cursor(%+v) = %v", c.o, err)
		case c.want == "":
			if got := cursor.Backlog().MaxBytes; got != 800 {
				t.Errorf("default bound = %d, want 80 %% of 1000", got)
			}
		case err == nil || !strings.Contains(err.Error(), c.want):
			t.Errorf("Cursor(%+v) = %v, want an error with %q", c.o, err, c.want)
		}
	}
}

func TestSetsAreInterned(t *testing.T) {
	m := testMemory(1<<20, 1<<16)
	var all []string
	for i := range 100 {
		a := "destination.file." + strings.Repeat("x", i+1)
		all = append(all, a)
		cursorOf(t, m, a, BacklogOptions{})
	}
	one, two := setOf(t, m, all[0], all[99]), setOf(t, m, all[99], all[0], all[99])
	if one != two {
		t.Errorf("sets of the same addresses = %d, %d", one, two)
	}
	if whole := setOf(t, m, all...); whole == one || whole == setOf(t, m) {
		t.Error("different sets are the same")
	}
	if _, err := m.Set(all[0], "destination.file.y"); err == nil || !strings.Contains(err.Error(), "destination.file.y has no cursor") {
		t.Errorf("Set of an unknown address = %v", err)
	}
	for _, s := range []Set{0, 1000} {
		if _, err := m.Append(t.Context(), testGroup("a", 1, 10), s); !errors.Is(err, errUnknownSet) {
			t.Errorf("Append to set %d = %v, want unknown set", s, err)
		}
		if _, err := m.AppendOver(t.Context(), testGroup("a", 1, 10), s); !errors.Is(err, errUnknownSet) {
			t.Errorf("AppendOver to set %d = %v, want unknown set", s, err)
		}
	}
}

func TestEveryDestinationGetsItsRecordsInOrder(t *testing.T) {
	m := testMemory(1<<20, 1<<12)
	a, b := cursorOf(t, m, "a", BacklogOptions{}), cursorOf(t, m, "b", BacklogOptions{})
	both, onlyA, onlyB, none := setOf(t, m, "a", "b"), setOf(t, m, "a"), setOf(t, m, "b"), setOf(t, m)
	g1, g2, g3, g4 := testGroup("1", 3, 20), testGroup("2", 2, 30), testGroup("3", 1, 40), testGroup("4", 5, 10)
	var ends []record.Position
	for _, c := range []struct {
		g *record.Group
		s Set
	}{{g1, both}, {g2, onlyA}, {g4, none}, {g3, onlyB}, {&record.Group{}, both}} {
		ends = append(ends, appendOf(t, m, c.g, c.s))
	}
	if diff := cmp.Diff([]record.Position{3, 5, 10, 11, 11}, ends); diff != "" {
		t.Error("last positions (-want +got):", diff)
	}
	for name, c := range map[string]struct {
		cursor Cursor
		groups []*record.Group
		first  []record.Position
	}{
		"a": {a, []*record.Group{g1, g2}, []record.Position{1, 4}},
		"b": {b, []*record.Group{g1, g3}, []record.Position{1, 11}},
	} {
		runs := takeAll(c.cursor)
		if len(runs) != len(c.groups) {
			t.Fatalf("%s took %d runs, want %d", name, len(runs), len(c.groups))
		}
		for i, r := range runs {
			g := c.groups[i]
			if r.First != c.first[i] || *r.Origin != g.Origin || r.ID != g.Origin.ID || !bytes.Equal(r.Data, g.Data) || !cmp.Equal(r.Sizes, g.Sizes) {
				t.Errorf("%s run %d = %+v, want %+v from position %d", name, i, r, g, c.first[i])
			}
		}
		if got := c.cursor.Backlog(); got.Untaken != 0 || got.Records == 0 || got.OldestUnixNano != 0 {
			t.Errorf("%s backlog when all is taken = %+v", name, got)
		}
		settle(c.cursor, runs...)
		if got := c.cursor.Backlog(); got.Records != 0 || got.Bytes != 0 {
			t.Errorf("%s backlog when all is settled = %+v", name, got)
		}
	}
	if m.segments != 1 {
		t.Errorf("segments in use = %d, want the current one", m.segments)
	}
}

func TestTakeKeepsToItsLimits(t *testing.T) {
	for name, c := range map[string]struct {
		records, bytes int
		always         bool
		want           int
	}{
		"all":                             {10, 1000, false, 10},
		"records":                         {3, 1000, false, 3},
		"bytes":                           {10, 65, false, 3},
		"bytes to the byte":               {10, 60, false, 3},
		"one byte short":                  {10, 59, false, 2},
		"nothing fits":                    {10, 19, false, 0},
		"nothing fits, always":            {10, 19, true, 1},
		"no records":                      {0, 1000, false, 0},
		"no records, always":              {0, 1000, true, 1},
		"always with more that would fit": {10, 45, true, 2},
	} {
		t.Run(name, func(t *testing.T) {
			m := testMemory(1<<20, 1<<12)
			cursor := cursorOf(t, m, "a", BacklogOptions{})
			g := testGroup("g", 10, 20)
			appendOf(t, m, g, setOf(t, m, "a"))
			r, ok := cursor.Take(c.records, c.bytes, c.always)
			if ok != (c.want > 0) || r.Len() != c.want || len(r.Data) != c.want*20 {
				t.Fatalf("Take = %d records, %d bytes, %t, want %d records", r.Len(), len(r.Data), ok, c.want)
			}
			rest := takeAll(cursor)
			if c.want < 10 && (rest[0].First != record.Position(c.want+1) || rest[0].ID != 1000+uint64(c.want)) {
				t.Errorf("the rest starts at %d with id %d", rest[0].First, rest[0].ID)
			}
			if got := append(bytes.Clone(r.Data), dataOf(rest)...); !bytes.Equal(got, g.Data) {
				t.Errorf("taken = %q, want %q", got, g.Data)
			}
		})
	}
}

func TestGroupsAreSplitOverSegments(t *testing.T) {
	for name, sizes := range map[string][]int{
		"fills one to the byte":    {1020, 3, 1020 - 7},
		"one byte too much":        {500, 513, 500},
		"larger than a segment":    {300, 300, 300, 300, 300, 300, 300, 300, 300},
		"a record above a segment": {10, 5000, 10},
		"only such a record":       {3_670_016},
	} {
		t.Run(name, func(t *testing.T) {
			m := testMemory(1<<24, 1024)
			cursor := cursorOf(t, m, "a", BacklogOptions{})
			s := setOf(t, m, "a")
			g := testGroup("g", 0, 0)
			for _, n := range sizes {
				addRecord(g, "", n)
			}
			before := testGroup("before", 1, 100)
			appendOf(t, m, before, s)
			appendOf(t, m, g, s)
			appendOf(t, m, g, s)
			runs := takeAll(cursor)
			want := append(append(bytes.Clone(before.Data), g.Data...), g.Data...)
			if !bytes.Equal(dataOf(runs), want) {
				t.Error("data changed on its way")
			}
			next := record.Position(1)
			for _, r := range runs {
				if r.First != next || len(r.Data) == 0 {
					t.Errorf("run at %d, want %d", r.First, next)
				}
				next = r.Last() + 1
			}
			settle(cursor, runs...)
			if m.segments != 1 {
				t.Errorf("segments in use = %d, want the current one", m.segments)
			}
		})
	}
}

func TestDataOfConsecutiveGroupsAdjoins(t *testing.T) {
	m := testMemory(1<<20, 1<<12)
	cursor := cursorOf(t, m, "a", BacklogOptions{})
	for range 3 {
		appendOf(t, m, testGroup("g", 4, 25), setOf(t, m, "a"))
	}
	runs := takeAll(cursor)
	for i := range runs[1:] {
		if a := runs[i].Data; &a[:len(a)+1][len(a)] != &runs[i+1].Data[0] {
			t.Errorf("run %d does not adjoin the next", i)
		}
		if s := runs[i].Sizes; cap(s) != len(s) {
			t.Errorf("sizes of run %d can be appended to", i)
		}
	}
}

func TestManyTinyGroupsStayWithinTheBound(t *testing.T) {
	m := testMemory(1<<20, 1<<16)
	cursor := cursorOf(t, m, "a", BacklogOptions{MaxBytes: 1 << 30, WhenFull: DropOldest})
	s, g := setOf(t, m, "a"), testGroup("g", 1, 10)
	for range 50_000 {
		appendOf(t, m, g, s)
		if got := m.Stats().Bytes + m.pool.bytes; got > 1<<20 {
			t.Fatalf("bytes in use and pooled = %d, want at most %d", got, 1<<20)
		}
	}
	b := cursor.Backlog()
	if b.Records+b.DroppedFull != 50_000 || b.Records < 1000 {
		t.Errorf("backlog = %+v of 50000 records", b)
	}
	if b.DroppedFirst != 1 || b.DroppedLast != record.Position(b.DroppedFull) {
		t.Errorf("dropped %d to %d, want 1 to %d", b.DroppedFirst, b.DroppedLast, b.DroppedFull)
	}
	settle(cursor, takeAll(cursor)...)
	for g := testGroup("g", 1, 10_000); cursor.Backlog().DroppedFull == b.DroppedFull; appendOf(t, m, g, s) {
		if got := m.Stats().Bytes + m.pool.bytes; got > 1<<20 {
			t.Fatalf("bytes in use and pooled = %d when the groups get larger, want at most %d", got, 1<<20)
		}
	}
}

func TestLoanKeepsSegmentOutOfUse(t *testing.T) {
	for name, returned := range map[string]bool{"returned before the release": true, "never returned": false} {
		t.Run(name, func(t *testing.T) {
			m := testMemory(1<<20, 1<<12)
			cursor, s := cursorOf(t, m, "a", BacklogOptions{}), setOf(t, m, "a")
			g := testGroup("g", 1, 3000)
			appendOf(t, m, g, s)
			runs := takeAll(cursor)
			r := runs[0]
			r.Segment.Lend()
			if returned {
				r.Segment.Return()
			}
			appendOf(t, m, g, s) // seals the first segment
			settle(cursor, r)
			if pooled := len(m.pool.segments) == 1; pooled != returned {
				t.Errorf("segment is kept for use again = %t, want %t", pooled, returned)
			}
			if intact := bytes.Equal(r.Data, g.Data); intact == returned {
				t.Errorf("lent bytes are intact = %t, want %t", intact, !returned)
			}
		})
	}
}
