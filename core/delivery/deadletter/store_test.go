package deadletter

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skidway/skidway/core/metrics"
)

func TestStoreKeepsLettersOverARestart(t *testing.T) {
	root := filepath.Join(t.TempDir(), "dead-letter")
	for i := range uint64(5) {
		s, err := Open(root, address, Options{SegmentBytes: 2000})
		if err != nil {
			t.Fatal(err)
		}
		put(t, s, lettersAt(10*i, 3)...)
		put(t, s, lettersAt(10*i+3, 7)...)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	r, err := OpenReader(root, address)
	if err != nil {
		t.Fatal(err)
	}
	entry := uint64(0)
	for e, err := range r.Entries(t.Context(), Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(letterAt(entry, fmt.Sprintf("record %d.", entry)), e.DeadLetter); diff != "" || e.Number != entry+1 {
			t.Fatalf("entry %d at %d (-want +got):\n%s", e.Number, entry, diff)
		}
		entry++
	}
	if d := r.Damage(); entry != 50 || d != (Damage{}) {
		t.Errorf("%d entries, damage %+v", entry, d)
	}
	// 50 lines of 400 bytes, in segments of 2000 and one Put each.
	segments, err := filepath.Glob(filepath.Join(root, address, "*.ndjson"))
	if err != nil || len(segments) != 10 {
		t.Errorf("segments %v, %v", segments, err)
	}
	for _, name := range append(segments, root, filepath.Join(root, address), filepath.Join(root, address, "lock")) {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

func TestStoreGoesOnInItsLastSegment(t *testing.T) {
	m := newModelDisk()
	for i := range uint64(3) {
		s := openModel(t, m, Options{})
		put(t, s, lettersAt(i, 1)...)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(m.names) != 1 || m.names[segmentName(1)] == nil {
		t.Errorf("files %v", m.names)
	}
}

func TestStoreHasOneWriter(t *testing.T) {
	root := t.TempDir()
	s, err := Open(root, address, Options{})
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, lettersAt(0, 2)...)
	if _, err := Open(root, address, Options{}); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), address) {
		t.Errorf("a second Open: %v", err)
	}
	r, err := OpenReader(root, address)
	if err != nil {
		t.Fatal(err)
	}
	if got := positions(t, r, Filter{}); len(got) != 2 {
		t.Errorf("read beside the writer: %v", got)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	if err := s.Put(t.Context(), lettersAt(2, 1)); !errors.Is(err, ErrClosed) {
		t.Errorf("Put after Close: %v", err)
	}
	if s, err = Open(root, address, Options{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestStoreLeavesOthersFilesAlone(t *testing.T) {
	root := t.TempDir()
	s, err := Open(root, address, Options{})
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, lettersAt(0, 1)...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	dir, outside := filepath.Join(root, address), filepath.Join(root, "outside")
	err = errors.Join(
		os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("mine"), 0o600),
		os.WriteFile(outside, []byte("outside"), 0o600),
		os.Symlink(outside, filepath.Join(dir, segmentName(2))),
		os.Symlink(outside, filepath.Join(dir, removedName(1))),
		os.Mkdir(filepath.Join(dir, segmentName(7)), 0o700),
	)
	if err != nil {
		t.Fatal(err)
	}
	if s, err = Open(root, address, Options{SegmentBytes: 1}); err != nil {
		t.Fatal(err)
	}
	put(t, s, lettersAt(1, 1)...)
	var replayed []uint64
	if n, err := s.Replay(t.Context(), Filter{Position: 1}, publishAll(&replayed)); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	r, err := OpenReader(root, address)
	if err != nil {
		t.Fatal(err)
	}
	if got := positions(t, r, Filter{}); !cmp.Equal(got, from(0, 1)) {
		t.Fatalf("letters %v", got)
	}
	if n, err := s.Replay(t.Context(), Filter{}, publishAll(&replayed)); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	put(t, s, lettersAt(3, 1)...)
	if _, err := s.Purge(t.Context(), Filter{Damaged: true}); err != nil {
		t.Fatal(err)
	}
	put(t, s, lettersAt(2, 1)...)
	if got := positions(t, s.Reader(), Filter{}); !cmp.Equal(got, from(2, 1)) {
		t.Errorf("letters %v", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if r, err = OpenReader(root, address); err != nil {
		t.Fatal(err)
	}
	want := []string{removedName(1), segmentName(2), segmentName(7), "notes.txt"}
	if diff := cmp.Diff(want, r.Foreign()); diff != "" {
		t.Errorf("foreign (-want +got):\n%s", diff)
	}
	if b, err := os.ReadFile(outside); string(b) != "outside" {
		t.Errorf("outside: %q, %v", b, err)
	}
}

func TestOpenRefusesAFolderThatIsALink(t *testing.T) {
	root := t.TempDir()
	if err := os.Symlink(t.TempDir(), filepath.Join(root, address)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(root, address, Options{}); err == nil {
		t.Error("Open followed a link")
	}
	if _, err := OpenReader(root, address); err == nil {
		t.Error("OpenReader followed a link")
	}
	if _, err := OpenReader(root, "destination.none.here"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("OpenReader of what is not there: %v", err)
	}
	if _, err := Open(root, "", Options{}); err == nil {
		t.Error("Open without an address")
	}
}

func TestHoldRefusesUntilThereIsRoom(t *testing.T) {
	m := &metrics.Destination{}
	s := openModel(t, newModelDisk(), Options{MaxBytes: 4000, Metrics: m})
	n := uint64(0)
	var err error
	for ; err == nil; n++ {
		err = s.Put(t.Context(), lettersAt(n, 1))
	}
	n--
	if !isFull(err) || !strings.Contains(err.Error(), address) || s.Bytes() > 4000 || n < 5 {
		t.Fatalf("after %d letters of %d bytes: %v", n, s.Bytes(), err)
	}
	if got := m.DeadLetterBytes.Load(); got != s.Bytes() {
		t.Errorf("the gauge says %d, want %d", got, s.Bytes())
	}
	// Room comes back by a purge, and by a replay of less than half of a segment.
	if done, err := s.Purge(t.Context(), Filter{Position: 3}); err != nil || done.Entries != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	put(t, s, lettersAt(n, 1)...)
	if err := s.Put(t.Context(), lettersAt(n+1, 1)); !isFull(err) {
		t.Fatalf("Put = %v", err)
	}
	var got []uint64
	if n, err := s.Replay(t.Context(), Filter{Position: 4}, publishAll(&got)); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	put(t, s, lettersAt(n+1, 1)...)
	if m.DroppedDeadLetter.Load() != 0 || m.ReplayedDeadLetter.Load() != 1 || m.PurgedDeadLetter.Load() != 1 {
		t.Errorf("metrics %+v", m)
	}
	// What is larger than the whole store is taken once that is empty.
	if err := s.Put(t.Context(), lettersAt(100, 50)); !isFull(err) {
		t.Errorf("Put = %v", err)
	}
	if _, err := s.Purge(t.Context(), Filter{}); err != nil || s.Bytes() != 0 {
		t.Fatal(s.Bytes(), err)
	}
	put(t, s, lettersAt(100, 50)...)
}

func TestDropOldestMakesRoomAndCounts(t *testing.T) {
	m := &metrics.Destination{}
	s := openModel(t, newModelDisk(), Options{MaxBytes: 8000, SegmentBytes: 1200, WhenFull: DropOldest, Metrics: m})
	for i := range uint64(100) {
		put(t, s, lettersAt(2*i, 2)...)
		if s.Bytes() > 8000 {
			t.Fatalf("%d bytes", s.Bytes())
		}
	}
	got := positions(t, s.Reader(), Filter{})
	if len(got) < 10 || !cmp.Equal(got, from(200-uint64(len(got)), uint64(len(got)))) {
		t.Fatalf("kept %v", got)
	}
	if dropped := m.DroppedDeadLetter.Load(); dropped != int64(200-len(got)) {
		t.Errorf("dropped %d, want %d", dropped, 200-len(got))
	}
	put(t, s, lettersAt(200, 100)...)
	if got := positions(t, s.Reader(), Filter{}); !cmp.Equal(got, from(200, 100)) || m.DroppedDeadLetter.Load() != 200 {
		t.Errorf("after a large one %v, dropped %d", got, m.DroppedDeadLetter.Load())
	}
}

func TestFilters(t *testing.T) {
	s := openModel(t, newModelDisk(), Options{SegmentBytes: 3000})
	letters := lettersAt(0, 20)
	letters[3].Code, letters[4].Code = 0, 9
	letters[5].Reason = "another"
	put(t, s, letters[:10]...)
	put(t, s, letters[10:]...)
	at := func(n int) time.Time { return testTime().Add(time.Duration(n) * time.Second) }
	for name, c := range map[string]struct {
		f    Filter
		want []uint64
	}{
		"code":     {Filter{Code: "PANIC"}, from(4, 1)},
		"time":     {Filter{From: at(6), Until: at(9)}, from(6, 3)},
		"text":     {Filter{Contains: "record 1."}, from(1, 1)},
		"id":       {Filter{ID: 1013}, from(13, 1)},
		"position": {Filter{Position: 14}, from(14, 1)},
		"entry":    {Filter{Entry: 16}, from(15, 1)},
		"all":      {Filter{Code: "INVALID", Until: at(8), Where: func(e *Entry) bool { return e.Reason == "another" }}, from(5, 1)},
		"nothing":  {Filter{Code: "UNAVAILABLE"}, nil},
	} {
		if got := positions(t, s.Reader(), c.f); !cmp.Equal(got, c.want) {
			t.Errorf("%s selects %v, want %v", name, got, c.want)
		}
	}
	sum, err := s.Reader().List(t.Context(), Filter{})
	if err != nil || len(sum.Groups) != 4 || sum.Count != 20 || sum.Bytes != s.Bytes() || !sum.Oldest.Equal(at(0)) || !sum.Newest.Equal(at(19)) {
		t.Fatalf("%+v, %v", sum, err)
	}
	want := Group{Destination: address, Code: "INVALID", Reason: "no <such> field", Count: 17, Bytes: sum.Groups[0].Bytes, Oldest: at(0), Newest: at(19)}
	if diff := cmp.Diff(want, sum.Groups[0]); diff != "" {
		t.Errorf("group (-want +got):\n%s", diff)
	}
}

func TestListBoundsItsGroups(t *testing.T) {
	s := openModel(t, newModelDisk(), Options{})
	letters := lettersAt(0, 3000)
	for i := range letters {
		letters[i].Reason = fmt.Sprint("reason ", i)
	}
	put(t, s, letters...)
	sum, err := s.Reader().List(t.Context(), Filter{})
	if err != nil || len(sum.Groups) != maxGroups+1 || !sum.Groups[0].Others || sum.Groups[0].Count != 2000 || sum.Count != 3000 {
		t.Errorf("%d groups of %d, %v", len(sum.Groups), sum.Count, err)
	}
}

func TestFolderNames(t *testing.T) {
	long := "destination." + strings.Repeat("X", 150) + ".a"
	root := t.TempDir()
	seen := map[string]string{}
	all := []string{
		address, "pipeline.main", "destination.http.A", "destination.http.a", ".", "..", "a/b", "a%2Fb", "a", "A", "ä\xff", "x y", long, long + "b",
	}
	for _, a := range all {
		name := FolderName(a)
		if other, taken := seen[strings.ToLower(name)]; taken || strings.ContainsAny(name, "/\x00") || strings.HasPrefix(name, ".") || len(name) > 255 {
			t.Errorf("FolderName(%q) = %q, as of %q", a, name, other)
		}
		seen[strings.ToLower(name)] = a
		s, err := Open(root, a, Options{})
		if err != nil {
			t.Fatal(err)
		}
		d := letterAt(1, "x")
		d.Destination = a
		put(t, s, d)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	err := errors.Join(os.WriteFile(filepath.Join(root, "b"), nil, 0o600), os.Mkdir(filepath.Join(root, "Big"), 0o700))
	if err != nil {
		t.Fatal(err)
	}
	got, foreign, err := Addresses(root)
	if err != nil || len(foreign) != 2 || len(got) != len(all) {
		t.Fatalf("Addresses = %q, %q, %v", got, foreign, err)
	}
	for _, a := range got {
		if seen[strings.ToLower(FolderName(a))] != a {
			t.Errorf("Addresses gives %q", a)
		}
	}
	if got, foreign, err := Addresses(filepath.Join(root, "none")); err != nil || len(got)+len(foreign) != 0 {
		t.Errorf("Addresses of no root = %q, %q, %v", got, foreign, err)
	}
}

func TestASegmentThatCannotBeReadIsDroppedAndCounted(t *testing.T) {
	disk, m := newModelDisk(), &metrics.Destination{}
	s := openModel(t, disk, Options{MaxBytes: 2500, SegmentBytes: 1, WhenFull: DropOldest, Metrics: m})
	put(t, s, lettersAt(0, 3)...)
	put(t, s, lettersAt(3, 2)...)
	disk.fail = func(_ int, op, _ string) error {
		if op == "open" {
			return syscall.EIO
		}
		return nil
	}
	put(t, s, lettersAt(5, 2)...)
	disk.fail = nil
	if got := positions(t, s.Reader(), Filter{}); !cmp.Equal(got, from(3, 4)) || m.DroppedDeadLetter.Load() != 3 {
		t.Errorf("kept %v, dropped %d", got, m.DroppedDeadLetter.Load())
	}
}
