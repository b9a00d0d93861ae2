package spool

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
)

// readOnly makes every call fail that changes something.
func readOnly(m *modelDisk) {
	m.fail = func(_ int, op, _ string) error {
		if !slices.Contains([]string{"list", "open", "read", "size"}, op) {
			return fmt.Errorf("%s by a reader", op)
		}
		return nil
	}
}

func viewOf(t *testing.T, m *modelDisk) *view {
	t.Helper()
	fail := m.fail
	readOnly(m)
	v, err := newView(m)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.fail = fail })
	return v
}

func TestInspectSaysWhatTheSpoolSays(t *testing.T) {
	for _, how := range []string{"running", "killed", "ended"} {
		t.Run(how, func(t *testing.T) {
			m := newModelDisk()
			d := testDisk(t, m, DiskOptions{})
			a, b := diskCursorOf(t, d, "a", BacklogOptions{}), diskCursorOf(t, d, "b", BacklogOptions{})
			both, onlyB := diskSet(t, d, "a", "b"), diskSet(t, d, "b")
			for i := range 60 {
				set := both
				if i%3 == 0 {
					set = onlyB
				}
				put(t, d, testGroup(fmt.Sprint(i), 4, 500), set)
			}
			for range 10 {
				r, _ := a.Take(4, 1<<20, true)
				settle(a, r)
			}
			if err := d.syncCursors(); err != nil {
				t.Fatal(err)
			}
			want := map[string]Backlog{"a": a.Backlog(), "b": b.Backlog()}
			id, next := d.ID(), d.Stats().Next
			switch how {
			case "ended":
				end(t, d)
			case "killed":
				m = m.kill()
			}
			r, err := viewOf(t, m).report()
			if err != nil {
				t.Fatal(err)
			}
			if r.ID != id || r.Next < next || r.Format != 1 || len(r.Warnings) > 0 || len(r.Cursors) != 2 {
				t.Errorf("report = %+v", r)
			}
			var records int64
			for i, s := range r.Segments {
				records += s.Records
				if s.Oldest.IsZero() || s.Newest.Before(s.Oldest) || s.Sealed != (how == "ended" || i < len(r.Segments)-1) {
					t.Errorf("segment %+v", s)
				}
			}
			if records != 240 {
				t.Errorf("%d records in the segments, want 240", records)
			}
			for _, c := range r.Cursors {
				w := want[c.Address]
				if c.Records != w.Records || c.Bytes != w.Bytes || c.Oldest.UnixNano() < w.OldestUnixNano || c.Parked {
					t.Errorf("cursor %+v, want %+v", c, w)
				}
			}
			if c := r.Cursors[0]; c.Frontier < 40 {
				t.Errorf("a is settled through %d", c.Frontier)
			}
		})
	}
}

func TestScanFindsRecordsAndTheirFates(t *testing.T) {
	m := newModelDisk()
	d := testDisk(t, m, DiskOptions{SegmentBytes: 8_000, Retain: time.Hour})
	a, b := diskCursorOf(t, d, "a", BacklogOptions{}), diskCursorOf(t, d, "b", BacklogOptions{})
	c := diskCursorOf(t, d, "c", BacklogOptions{})
	all, ab := diskSet(t, d, "a", "b", "c"), diskSet(t, d, "a", "b")
	var at []record.Position
	for i := range 100 {
		set := all
		if i%2 == 1 {
			set = ab
		}
		g := testGroup(fmt.Sprint("g", i), 1, 200)
		g.Origin.ID = uint64(7000 + i)
		at = append(at, put(t, d, g, set))
	}
	settle(a, takeAll(a)...)
	for range 50 {
		r, _ := b.Take(1, 1<<20, true)
		settle(b, r)
	}
	d.RecordDrop(Drop{Address: "b", First: at[10], Last: at[12], Count: 3, Reason: "retry while over its bound"})
	if err := errors.Join(d.syncCursors(), c.Rewind()); err != nil {
		t.Fatal(err)
	}
	scan := func(f Filter) (found []string, last Entry) {
		t.Helper()
		r, err := viewOf(t, m).scanAll(t.Context(), &f, func(e *Entry) error {
			found = append(found, string(bytes.TrimRight(e.Data, ".")))
			last = *e
			last.Data = bytes.Clone(e.Data)
			return nil
		})
		if err != nil || r.Damages > 0 || int(r.Matched) != len(found) {
			t.Fatalf("scan = %+v, %v", r, err)
		}
		return found, last
	}
	if got, _ := scan(Filter{}); len(got) != 100 || got[0] != "g0-0-" || got[99] != "g99-0-" {
		t.Errorf("everything = %q", got)
	}
	if got, _ := scan(Filter{Destination: "c"}); len(got) != 50 || got[1] != "g2-0-" {
		t.Errorf("records of c = %q", got)
	}
	if got, _ := scan(Filter{First: at[30], Last: at[32]}); !slices.Equal(got, []string{"g30-0-", "g31-0-", "g32-0-"}) {
		t.Errorf("positions = %q", got)
	}
	if got, _ := scan(Filter{From: time.Now().Add(time.Hour)}); len(got) != 0 {
		t.Errorf("records of tomorrow = %q", got)
	}
	if got, e := scan(Filter{ID: 7042}); !slices.Equal(got, []string{"g42-0-"}) || e.Position != at[42] || e.Origin.Source != "source.tcp.g42" {
		t.Errorf("by id = %q, %+v", got, e)
	}
	for _, test := range []struct {
		record string
		want   []string
		ahead  []int64
	}{
		{"g11-", []string{FateDelivered, FateDropped}, []int64{0, 0}},
		{"g40-", []string{FateDelivered, FateDelivered, FateWaiting}, []int64{0, 0, 20}},
		{"g80-", []string{FateDelivered, FateWaiting, FateWaiting}, []int64{0, 30, 40}},
	} {
		_, e := scan(Filter{Contains: []byte(test.record), Fates: true})
		for i, f := range e.Fates {
			if f.State != test.want[i] || f.AheadRecords != test.ahead[i] || f.AheadBytes != 200*test.ahead[i] {
				t.Errorf("%s: fate %+v, want %s, %d ahead", test.record, f, test.want[i], test.ahead[i])
			}
		}
		if len(e.Fates) != len(test.want) {
			t.Errorf("%s: fates %+v", test.record, e.Fates)
		}
	}
	_, err := viewOf(t, m).scanAll(t.Context(), &Filter{}, func(*Entry) error { return context.Canceled })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("scan = %v, want the function's error", err)
	}
}

func TestEntryAsJSON(t *testing.T) {
	e := Entry{Position: 7, ID: 1 << 60, Origin: &record.Origin{Source: "s", ReceivedUnixNano: 1e18}, Destinations: []string{"a"}}
	for data, want := range map[string]string{
		"text \"ü\"": `{"position":7,"id":"1152921504606846976","received":"2001-09-09T01:46:40Z","source":"s","destinations":["a"],"data":"text \"ü\""}`,
		"\xff\x00":   `{"position":7,"id":"1152921504606846976","received":"2001-09-09T01:46:40Z","source":"s","destinations":["a"],"data_base64":"/wA="}`,
		"":           `{"position":7,"id":"1152921504606846976","received":"2001-09-09T01:46:40Z","source":"s","destinations":["a"],"data":""}`,
	} {
		e.Data = []byte(data)
		if got, err := json.Marshal(&e); err != nil || string(got) != want {
			t.Errorf("%q: %s, %v", data, got, err)
		}
	}
}

// Verify names the damage that opening and reading the spool finds: no more and no less.
func TestVerifyFindsEveryDamage(t *testing.T) {
	for _, sealed := range []bool{true, false} {
		w := newSmallLog(t, sealed)
		r, err := viewOf(t, w.disk).verify(t.Context(), nil)
		if err != nil || len(r.Damages) > 0 || r.Records != 200 || r.Segments != 3 {
			t.Fatalf("intact, sealed %t: %+v, %v", sealed, r, err)
		}
		for i, name := range w.segments() {
			for at := 0; at < len(w.disk.names[name].data); at += 5 * step() {
				m := w.copied()
				m.names[name].data[at] ^= 0x10
				r, err := viewOf(t, m).verify(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				missing := map[record.Position]bool{}
				for _, p := range w.check(t, w.damaged(name, at), "", false) {
					missing[p] = true
				}
				for _, d := range r.Damages {
					for p := d.First; p <= d.Last && d.First > 0; p++ {
						delete(missing, p)
					}
				}
				// Behind what was synced last, damage can't be told from a write that was not finished.
				if len(missing) > 0 && (sealed || i < 2) {
					t.Fatalf("byte %d of %s, sealed %t: %v are lost and not among the damages %+v", at, name, sealed, missing, r.Damages)
				}
			}
		}
		m := w.copied()
		delete(m.names, w.segments()[1])
		if r, err := viewOf(t, m).verify(t.Context(), nil); err != nil || len(r.Damages) != 1 || r.Damages[0].Last-r.Damages[0].First < 30 {
			t.Errorf("a segment is missing: %+v, %v", r, err)
		}
	}
}

// damaged returns the log with one byte changed.
func (w *smallLog) damaged(name string, at int) *modelDisk {
	m := w.copied()
	m.names[name].data[at] ^= 0x10
	return m
}

// While a router writes, thins and deletes, looking at its directory finds no damage and nothing twice.
func TestDiskIsLookedAtWhileItRuns(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	d, stop := runDisk(t, dir, DiskOptions{MaxBytes: 16 << 20, SegmentBytes: 64 << 10})
	a := diskCursorOf(t, d, "a", BacklogOptions{})
	diskCursorOf(t, d, "slow", BacklogOptions{})
	onlyA, both := diskSet(t, d, "a"), diskSet(t, d, "a", "slow")
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 400 {
			set := onlyA
			if i%40 == 0 {
				set = both
			}
			p, err := d.Append(t.Context(), testGroup("g", 10, 300), set)
			if err == nil && i%10 == 0 {
				err = d.WaitPublished(t.Context(), p)
			}
			if err != nil {
				t.Error(err)
				return
			}
			settle(a, takeAll(a)...)
			if i%50 == 0 {
				d.thin(1 << 62)
			}
		}
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		r, err := Verify(t.Context(), dir, nil)
		if err != nil || len(r.Damages) > 0 {
			t.Fatalf("verify = %+v, %v", r, err)
		}
		last := record.Position(0)
		_, err = Scan(t.Context(), dir, Filter{Fates: true}, func(e *Entry) error {
			if e.Position <= last {
				return fmt.Errorf("%d after %d", e.Position, last)
			}
			last = e.Position
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Inspect(dir); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	if _, err := Inspect(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Inspect of nothing = %v", err)
	}
	if _, err := Inspect(t.TempDir()); err == nil || !strings.Contains(err.Error(), "holds no spool") {
		t.Errorf("Inspect of an empty directory = %v", err)
	}
	if _, err := Maintain(t.TempDir(), nil); err == nil || !strings.Contains(err.Error(), "holds none") {
		t.Errorf("Maintain of an empty directory = %v", err)
	}
}
