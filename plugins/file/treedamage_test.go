package file

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestDamageOfATreesStateLosesNothing damages every byte of the state and of its ledger, and cuts them anywhere. The next
// process then either knows what there is, or sends everything again; it never cuts what is whole.
func TestDamageOfATreesStateLosesNothing(t *testing.T) {
	o := treeOptions(t, nil)
	base := string(o.BaseDir)
	// A process that was killed: something is behind the last whole batch of a.
	on := newMortal(0, before)
	d := (&forest{accepted: make([]bool, 10), durable: make([]bool, 10)})
	first, err := d.open(t, o, on)
	if err != nil {
		t.Fatal(err)
	}
	deliverAll(t, first, routed(t, "a", 0, 1, 2), routed(t, "b/c", 0, 3))
	deliverAll(t, first, routed(t, "a", 0, 4))
	on.buryTree(first)
	put0 := func(rel string, content []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(base, rel), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	saved := map[string][]byte{}
	var parts []string
	entries, err := os.ReadDir(base)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), stateSuffix) {
			parts = append(parts, e.Name())
			content, err := os.ReadFile(filepath.Join(base, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			saved[e.Name()] = content
		}
	}
	if len(parts) != 2 {
		t.Fatalf("the state is %v, want two files", parts)
	}
	data, err := os.ReadFile(filepath.Join(base, "a"))
	if err != nil {
		t.Fatal(err)
	}
	trials := 0
	try := func(name string, damaged []byte, known bool) {
		t.Helper()
		trials++
		left, err := os.ReadDir(base)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range left {
			if strings.HasPrefix(e.Name(), stateSuffix) {
				if err := os.Remove(filepath.Join(base, e.Name())); err != nil {
					t.Fatal(err)
				}
			}
		}
		for part, content := range saved {
			put0(part, content)
		}
		if damaged == nil {
			if err := os.Remove(filepath.Join(base, name)); err != nil {
				t.Fatal(err)
			}
		} else {
			put0(name, damaged)
		}
		put0("a", append(slices.Clone(data), "4 x"...)) // what the kill left
		on := newMortal(0, before)
		next, err := d.open(t, o, on)
		if err != nil {
			t.Fatalf("%s: Open = %v", name, err)
		}
		got := next.leaves["a"] != nil
		closeTree(t, next)
		content, err := os.ReadFile(filepath.Join(base, "a"))
		if err != nil || !strings.HasPrefix(string(content), string(data)) {
			t.Fatalf("%s: the file was cut to %d bytes of %d: %v", name, len(content), len(data), err)
		}
		if got != known || known && len(content) != len(data) {
			t.Fatalf("%s: the next process knows the file: %v, want %v; it has %d bytes of %d", name, got, known, len(content), len(data))
		}
	}
	state, ledger := parts[0], parts[1]
	if strings.HasPrefix(state, ledger) {
		state, ledger = ledger, state
	}
	try(state, saved[state], true)
	try(ledger, append(slices.Clone(saved[ledger]), "what a kill left"...), true)
	for _, part := range parts {
		for i := range saved[part] {
			if part == state && i%slotSize > 120 && i%slotSize < slotSize-12 && i%37 != 0 {
				continue // zeros
			}
			flipped := slices.Clone(saved[part])
			flipped[i] ^= 1 << (i % 8)
			try(part, flipped, false)
		}
		for n := 0; n < len(saved[part]); n += 1 + len(saved[part])/100 {
			if part == state && n == 0 {
				continue // an empty state is a new one
			}
			try(part, saved[part][:n], false)
		}
	}
	try(state, nil, false)
	try(ledger, nil, false)
	t.Logf("%d trials", trials)
}
