package deadletter

import (
	"bytes"
	"testing"
)

// Whatever a segment holds, reading it ends, gives every byte once, and finds a sound line between two line feeds.
func FuzzScan(f *testing.F) {
	sound := lineOf(f, 7, new(letterAt(1, "x")))
	f.Add([]byte(nil), []byte(nil))
	f.Add(sound, []byte("{"))
	f.Add(append(bytes.Clone(sound), 'X'), append([]byte("X"), sound...))
	f.Add(sound[:len(sound)-4], sound[5:])
	f.Add([]byte(lineStart+lineStart+sumStart), []byte(sumStart+`00000000"}`+lineStart+`1"`))
	f.Add([]byte("\n\n\x00\x00\n"), bytes.Repeat([]byte("y"), 3000))
	f.Fuzz(func(t *testing.T, before, after []byte) {
		data := bytes.Join([][]byte{before, sound, after}, []byte("\n"))
		var all []byte
		found := false
		err := scan(bytes.NewReader(data), 2000, func(p piece) error {
			all = append(all, p.data...)
			found = found || bytes.Equal(p.data, sound) && p.entry == 7
			if _, ok := soundLine(p.data); ok != (p.entry != 0) || len(p.data) == 0 || p.bare && !bytes.HasSuffix(data, p.data) {
				t.Fatalf("%+v", p)
			}
			if p.entry != 0 {
				var e Entry
				_ = decodeLine(p.data, &e)
			}
			return nil
		})
		if err != nil || !found {
			t.Fatalf("the sound line was found: %t, %v", found, err)
		}
		if !bytes.Equal(all, bytes.ReplaceAll(data, []byte("\n"), nil)) {
			t.Fatalf("gave %q of %q", all, data)
		}
	})
}

// Whatever a line holds that passes the sum, decoding it ends, and what is decoded can be put again.
func FuzzDecodeLine(f *testing.F) {
	for _, rec := range []string{"x", "\xff"} {
		f.Add(lineOf(f, 7, new(letterAt(1, rec))))
	}
	f.Add([]byte(`{"entry":"1","record":"","origin":{"received_at":"9999-01-01T00:00:00Z","id":"0"},"position":"1","times":{}}`))
	f.Add([]byte(`{"entry":"1"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var e, again Entry
		if decodeLine(b, &e) != nil {
			return
		}
		line, err := appendLine(nil, 7, &e.DeadLetter)
		if err != nil {
			t.Fatal(err)
		}
		if err := decodeLine(line[:len(line)-1], &again); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(e.Record, again.Record) || e.Origin != again.Origin || !e.GivenUp.Equal(again.GivenUp) {
			t.Fatalf("%+v, want %+v", again, e)
		}
	})
}
