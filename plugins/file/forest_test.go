package file

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/skidway/skidway/plugins/sdk"
)

// forest is a router whose records, 1 to total, each at the position of its number, go to several paths in turns that a
// generator decides.
type forest struct {
	total  uint64
	paths  int
	random *rand.Rand
	boot   byte

	mu sync.Mutex
	// accepted and durable say of each position whether the router knows it to be.
	accepted, durable []bool
	// amnesia: the router dies with the plugin, and knows only up to where everything is durable.
	amnesia bool
}

func newForest(total uint64, paths int, seed uint64) *forest {
	return &forest{
		total: total, paths: paths, random: rand.New(rand.NewPCG(seed, 0)),
		accepted: make([]bool, total+1), durable: make([]bool, total+1),
	}
}

// path returns where a record goes.
func (f *forest) path(n uint64) string {
	return fmt.Sprintf("t%d/%d.log", n%3, n*n%uint64(f.paths))
}

// settled returns the position up to which everything is durable.
func (f *forest) settled() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := slices.Index(f.durable[1:], false); n >= 0 {
		return uint64(n)
	}
	return f.total
}

// said is Config.Durable.
func (f *forest) said(position uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for p := range f.durable {
		if uint64(p) <= position && f.accepted[p] {
			f.durable[p] = true
		}
	}
}

// accept takes in a verdict.
func (f *forest) accept(bs []*sdk.Batch, durable bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, b := range bs {
		for i := range b.Len() {
			f.accepted[b.Position(i)] = true
			f.durable[b.Position(i)] = f.durable[b.Position(i)] || durable
		}
	}
}

// open starts a process of the plugin on the disk, which may stand between it and base_dir.
func (f *forest) open(t testing.TB, o Options, on *mortal) (*tree, error) {
	t.Helper()
	d := newTree(o)
	d.boot = [16]byte{f.boot + 1}
	if on != nil {
		d.within = func(within disk) disk {
			on.disk = within
			return on
		}
	}
	c := treeConfig()
	c.Durable = f.said
	return d, d.Open(t.Context(), c)
}

// run starts a process, sends it what is not settled, in spool order within one path, and leaves it open.
func (f *forest) run(t testing.TB, o Options, on *mortal) (*tree, error) {
	t.Helper()
	d, err := f.open(t, o, on)
	if err != nil {
		return d, err
	}
	f.mu.Lock()
	if !f.amnesia {
		copy(f.accepted, f.durable)
	}
	known := slices.Clone(f.durable)
	f.mu.Unlock()
	if f.amnesia {
		settled := f.settled()
		for p := range known {
			known[p] = uint64(p) <= settled
		}
	}
	for next, round := uint64(1), 0; next <= f.total; round++ {
		window := map[string][]uint64{}
		var order []string
		for range 1 + f.random.IntN(20) {
			if next > f.total {
				break
			}
			if n := next; !known[n] {
				at := f.path(n)
				if window[at] == nil {
					order = append(order, at)
				}
				window[at] = append(window[at], n)
			}
			next++
		}
		var bs []*sdk.Batch
		for _, at := range order {
			for rest := window[at]; len(rest) > 0; {
				n := 1 + f.random.IntN(len(rest))
				bs = append(bs, routed(t, at, f.settled(), rest[:n]...))
				rest = rest[n:]
			}
		}
		if len(bs) > 0 {
			if err := d.WriteAll(t.Context(), bs); err != nil {
				return d, err
			}
			f.accept(bs, o.Sync == "batch")
		}
		if round%3 == 2 {
			d.tick(time.Now())
		}
	}
	return d, nil
}

// wantOnce fails t unless each record is in its file once, and those of each file, with what was rotated, in order.
func (f *forest) wantOnce(t testing.TB, o Options) {
	t.Helper()
	found := map[string][]string{}
	holdings := holdings(t, o)
	names := make([]string, 0, len(holdings))
	for name := range holdings {
		names = append(names, name)
	}
	slices.Sort(names) // t0/1-….log sorts before t0/1.log
	for _, name := range names {
		whole := name
		if n, ok := familyOf(".", name); ok {
			whole = n.dir + "/" + n.stem + n.ext
		}
		whole = strings.TrimPrefix(whole, "./")
		found[whole] = append(found[whole], strings.Fields(holdings[name])...)
	}
	want := map[string][]string{}
	for n := uint64(1); n <= f.total; n++ {
		want[f.path(n)] = append(want[f.path(n)], fmt.Sprint(n))
	}
	for at := range want {
		if !slices.Equal(want[at], found[at]) {
			t.Fatalf("%s holds %v, want %v", at, found[at], want[at])
		}
	}
	if len(found) != len(want) {
		t.Fatalf("%d files, want %d", len(found), len(want))
	}
}

// TestTreeKillAtEveryStep kills the process in each of its calls, and the one after it once more, until a run ends untouched.
func TestTreeKillAtEveryStep(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"sync interval": nil,
		"sync batch":    func(o *Options) { o.Sync = "batch" },
		"with rotation": func(o *Options) { o.Rotate = &Rotate{MaxBytes: 1024, Compress: "none"} },
	} {
		t.Run(name, func(t *testing.T) {
			steps := 0
			for died := true; died; steps++ {
				when := moment(steps % 3)
				for _, amnesia := range []bool{true, false} {
					if !long() && amnesia != (steps%2 == 0) {
						continue
					}
					if died = killTreeAt(t, steps+1, when, amnesia, change); !died {
						break
					}
				}
				if !long() && steps > 50 {
					steps += 4 // which leads through all moments
				}
			}
			if steps < 60 {
				t.Errorf("the process made %d calls: nothing was tested", steps)
			}
			t.Logf("%d calls", steps)
		})
	}
}

// killTreeAt reports whether the process died.
func killTreeAt(t *testing.T, step int, when moment, amnesia bool, change func(*Options)) (died bool) {
	t.Helper()
	o := treeOptions(t, change)
	f := newForest(60, 11, uint64(step))
	f.amnesia = amnesia
	for _, dieAt := range []int{step, step%29 + 1, 0} { // the second process dies while it recovers, or soon after
		on := newMortal(dieAt, when)
		d, err := f.run(t, o, on)
		if err == nil {
			err = d.Close()
		}
		if on.dead {
			died = true
			on.buryTree(d)
			continue
		}
		if err != nil {
			t.Fatalf("killed in call %d (%d): the next process fails: %v", step, when, err)
		}
		if !died {
			break
		}
	}
	f.wantOnce(t, o)
	return died
}

// buryTree does to d what the kernel does to a dead process: its files are closed.
func (m *mortal) buryTree(d *tree) {
	m.mu.Lock()
	m.dead = true
	m.mu.Unlock()
	_ = d.Close() // ends its goroutines, and can do nothing else
	for _, f := range m.files {
		f.Close()
	}
}
