package spool

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/skidway/skidway/core/record"
)

// writeGolden writes the directory of the format that this program writes.
var writeGolden = flag.Bool("write-golden", false, "write testdata/format1 anew")

// goldenGroups are what is in each golden directory, for the destinations a and b; of a, two records are settled.
func goldenGroups() []*record.Group {
	var groups []*record.Group
	for i, name := range []string{"one", "two", "three"} {
		g := testGroup(name, 3, 50+i)
		g.Origin = record.Origin{
			Source: "source.tcp." + name, Peer: "192.0.2.1", PeerPort: 514, ClientName: "client", Truncated: i == 1,
			ReceivedUnixNano: 1_700_000_000_000_000_000 + int64(i), ID: 1000 * uint64(i+1),
		}
		if i == 2 {
			g.Skips = []uint32{0, 4, 4}
		}
		groups = append(groups, g)
	}
	return groups
}

func TestDiskReadsEveryFormat(t *testing.T) {
	const golden = "testdata/format1"
	if *writeGolden {
		m := newModelDisk()
		d := testDisk(t, m, DiskOptions{})
		a := diskCursorOf(t, d, "a", BacklogOptions{})
		diskCursorOf(t, d, "b", BacklogOptions{})
		both := diskSet(t, d, "a", "b")
		for _, g := range goldenGroups() {
			put(t, d, g, both)
		}
		r, _ := a.Take(2, 1000, true)
		settle(a, r)
		if err := a.SetNote([]byte("a note")); err != nil {
			t.Fatal(err)
		}
		end(t, d)
		for name, f := range m.names {
			if err := os.WriteFile(filepath.Join(golden, name), f.data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	m := newModelDisk()
	files, err := os.ReadDir(golden)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(golden, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		m.names[f.Name()] = &modelFile{data: data, stable: bytes.Clone(data)}
		m.stable[f.Name()] = m.names[f.Name()]
	}
	d := testDisk(t, m, DiskOptions{})
	for name, settled := range map[string]int{"a": 2, "b": 0} {
		c := diskCursorOf(t, d, name, BacklogOptions{})
		if b := c.Backlog(); b.Records != int64(9-settled) {
			t.Errorf("%s: backlog = %+v", name, b)
		}
		if name == "a" && string(c.Note()) != "a note" {
			t.Errorf("note = %q", c.Note())
		}
		runs := takeAll(c)
		if len(runs) != 3 {
			t.Fatalf("%s: %d runs", name, len(runs))
		}
		for i, g := range goldenGroups() {
			r := runs[i]
			if *r.Origin != g.Origin || !bytes.HasSuffix(g.Data, r.Data) || r.RecordID(r.Len()-1) != g.ID(2) {
				t.Errorf("%s: run %d = %d %+v %q", name, i, r.ID, *r.Origin, r.Data)
			}
		}
		settle(c, runs...)
	}
	if d.Stats().Next != 10 || d.State().Damages != 0 {
		t.Errorf("next = %d, %d damages", d.Stats().Next, d.State().Damages)
	}
}
