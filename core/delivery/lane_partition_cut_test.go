package delivery

import (
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
)

// TestWhatThePluginLostComesAgainInItsSets: with the batches of before.
func TestWhatThePluginLostComesAgainInItsSets(t *testing.T) {
	o := partitioned(3, SessionInfo{Ordered: true})
	o.disk, o.MaxRecords = t.TempDir(), 4
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(4)
		r.after(10 * time.Second)
		got := r.wantOf("1: 1,4", "2: 2", "0: 3")
		r.answer(durable(got[0], 1), durable(got[1], 1), durable(got[2], 1))
		r.append(8)
		r.wantOf() // three of each set wait
		r.crash(End{Reason: "killed"})
		again := r.wantOf("1: 1,4,7,10", "2: 2,5,8,11", "0: 3,6,9,12") // what was accepted is cut anew
		r.append(2)
		r.crash(End{Reason: "killed"})
		r.wantOf("1: 1,4,7,10", "2: 2,5,8,11", "0: 3,6,9,12")
		for _, s := range again {
			if s.settledThrough != 0 {
				t.Errorf("%v says that all up to %d is settled", s, s.settledThrough)
			}
		}
	})
}

// TestStableBatchesOfEachSetAreCutAgainAlike: a batch is what lies between its ends and has its values.
func TestStableBatchesOfEachSetAreCutAgainAlike(t *testing.T) {
	o := partitioned(2, SessionInfo{StableBatches: true})
	o.disk, o.MaxAge = t.TempDir(), time.Second
	keys := map[string][16]byte{}
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(5)
		r.after(time.Second)
		got := r.wantOf("1: 1,3,5", "0: 2,4")
		r.append(20)
		got = append(got, r.wantOf("0: 6,8,10,12,14,16,18,20,22,24", "1: 7,9,11,13,15,17,19,21,23,25")...)
		r.append(1) // gathers, and is not sent
		r.answer(accepted(got[2]))
		for _, s := range got {
			keys[stretch(s.positions)] = s.key
		}
	})
	o.before, o.MaxOpen = 26, 2 // as many as are open at once
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(14)
		got := r.take()
		for i, want := range []string{"0: 2,4", "1: 1,3,5", "0: 6,8,10,12,14,16,18,20,22,24", "1: 7,9,11,13,15,17,19,21,23,25"} {
			name := stretch(got[i].positions)
			if got[i].resolved["to"]+": "+name != want || got[i].key != keys[name] {
				t.Errorf("batch %d is %v with another key than before, or not %s", i, got[i], want)
			}
			r.answer(accepted(got[i]))
		}
		r.after(time.Second)
		r.wantOf("0: 26,28,30,32,34,36,38,40", "1: 27,29,31,33,35,37,39")
	})
}

// TestWhatIsCutAgainWaitsForAllOfIt: neither its age nor others that are open end it before.
func TestWhatIsCutAgainWaitsForAllOfIt(t *testing.T) {
	const who = ".ACAAAAEBBBBBCCCC"
	rule := byRule(func(p record.Position, _ []byte) (string, bool) { return who[p : p+1], true })
	for name, change := range map[string]func(*rigOptions){
		"a window of one":     func(o *rigOptions) { o.MaxInFlight = 1 },
		"two open at a time":  func(o *rigOptions) { o.MaxOpen = 2 },
		"as before otherwise": func(*rigOptions) {},
	} {
		t.Run(name, func(t *testing.T) {
			o := rigOptions{disk: t.TempDir(), info: SessionInfo{StableBatches: true}, resolver: rule}
			o.MaxRecords, o.MaxAge = 5, time.Hour
			keys := map[string][16]byte{}
			inBubble(t, o, func(t *testing.T, r *rig) {
				r.append(16)
				for _, s := range r.wantOf("A: 1,3-6", "B: 8-12", "C: 2,13-16") {
					keys[s.resolved["to"]] = s.key
				}
			})
			o.before, o.MaxAge = 16, time.Second
			change(&o)
			inBubble(t, o, func(t *testing.T, r *rig) {
				for range 10 {
					for _, s := range r.take() {
						r.after(2 * time.Second)
						if key, ok := keys[s.resolved["to"]]; ok && s.key != key {
							t.Errorf("%s of %s has another key than before", stretch(s.positions), s.resolved["to"])
						}
						r.answer(accepted(s))
					}
				}
				r.check(16, 0, 0, 0)
			})
		})
	}
}

// TestWhatCannotComeAgainIsForgotten: the configuration may have given other values since.
func TestWhatCannotComeAgainIsForgotten(t *testing.T) {
	gathers, idle := valuesOf("to", "a"), valuesOf("to", "b")
	var c cuts
	c.expect([]cut{{first: 1, last: 9, set: gathers.id()}, {first: 2, last: 5, set: idle.id()}, {first: 4, last: 6, set: idle.id()}, {first: 6, last: 7, set: idle.id()}})
	if n := len(c.next[idle.id()]); n != 2 {
		t.Errorf("%d batches of one set are expected, want 2: one lies in another", n)
	}
	open := []*batcher{{set: gathers, again: true}}
	if c.passed(9, open); len(c.next) != 2 || !open[0].again {
		t.Errorf("forgotten too early: %v", c.next)
	}
	if c.passed(10, open); len(c.next) != 1 || len(c.next[gathers.id()]) != 1 || open[0].again {
		t.Errorf("expected: %v", c.next)
	}
	if c.passed(11, nil); len(c.next) != 0 {
		t.Errorf("expected when nothing gathers: %v", c.next)
	}
}

func TestNotesOfOneKindAreNoNotesOfTheOther(t *testing.T) {
	with := append([]byte{noteOfValues, 3, 4}, 1, 2, 3, 4, 5, 6, 7, 8)
	for name, c := range map[string]struct {
		note       []byte
		withValues bool
		want       int
	}{
		"nothing":               {nil, true, 0},
		"with values":           {with, true, 1},
		"values, cut short":     {with[:len(with)-1], true, 0},
		"values, not expected":  {with, false, 0},
		"without values":        {[]byte{3, 4, 6, 2}, false, 2},
		"values that are lost":  {[]byte{3, 4}, true, 0},
		"positions do not rise": {[]byte{3, 4, 0, 2}, false, 1},
	} {
		if got := readCuts(c.note, c.withValues); len(got) != c.want {
			t.Errorf("%s: %d batches, want %d", name, len(got), c.want)
		}
	}
}
