package spool

import (
	"bytes"
	"testing"
	"time"
)

// FuzzDiskOpens gives a spool a segment, cursors, or an entry with a good head, of any bytes: opening and reading it
// ends, and a fresh record gets through.
func FuzzDiskOpens(f *testing.F) {
	m := newModelDisk()
	d := testDisk(f, m, DiskOptions{})
	diskCursorOf(f, d, "a", BacklogOptions{})
	first := put(f, d, testGroup("g", 3, 20), diskSet(f, d, "a"))
	end(f, d)
	segment, cursors := m.names[segmentName(1)].data, m.names[cursorName].data
	state, _, ok := openSheet(cursorMagic, 0, cursors)
	if first != 3 || !ok {
		f.Fatal("no seeds")
	}
	f.Add(segment, uint8(0))
	f.Add(cursors[:200], uint8(1))
	f.Add(state, uint8(2))
	f.Add(segment[1024:1200], uint8(3))
	f.Fuzz(func(t *testing.T, b []byte, what uint8) {
		m := newModelDisk()
		b = bytes.Clone(b)
		add := func(name string, data []byte) {
			m.names[name] = &modelFile{data: data, stable: bytes.Clone(data)}
			m.stable[name] = m.names[name]
		}
		switch what % 4 {
		case 0:
			add(segmentName(1), b)
		case 1:
			add(segmentName(1), bytes.Clone(segment))
			add(cursorName, b)
		case 2:
			add(segmentName(1), bytes.Clone(segment))
			add(cursorName, sealSheet(cursorMagic, formatVersion, 0, b))
		default:
			// An entry whose head has a good checksum, whatever it says.
			h, start, _, err := headerIn(segment, "")
			if err != nil || len(b) < entryHead {
				t.Skip()
			}
			finishEntry(b, h.seed(), 0)
			add(segmentName(1), append(bytes.Clone(segment[:start]), b...))
		}
		d, err := tryDisk(m, DiskOptions{}, time.Now)
		if err != nil {
			return // it says so and ends
		}
		c, err := d.Cursor("a", BacklogOptions{})
		if err != nil {
			t.Fatal(err)
		}
		settle(c, takeAll(c)...)
		p := put(t, d, testGroup("fresh", 1, 10), diskSet(t, d, "a"))
		if r, ok := c.Take(1, 100, true); !ok || r.First != p {
			t.Fatal("the fresh record is not delivered")
		}
	})
}
