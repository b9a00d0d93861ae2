package delivery

import (
	"context"
	"maps"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/skidway/skidway/core/record"
)

// world is what a destination's process, its disk and the dead letters hold. Only the lane's goroutine calls send, and
// only while the test waits for it.
type world struct {
	mu       sync.Mutex
	rnd      *rand.Rand
	stored   map[int]bool
	dead     map[int]bool
	volatile map[record.Position]int
	high     record.Position
	healthy  bool
	ordered  bool
	retries  uint64
	lastSess *fakeSession

	// rule says in which of several files a record goes; nil: there is one. An ordered world then stores, with each file,
	// the last position in it, and skips what is not behind that.
	rule            byRule
	copies          map[int]int
	synced, written map[string]record.Position
}

// draw is for the test, which may run while the lane does.
func (w *world) draw(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rnd.IntN(n)
}

func (w *world) set(do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	do()
}

func (w *world) serves(s *fakeSession) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lastSess == s
}

func (w *world) mark() record.Position {
	p := w.high
	for v := range w.volatile {
		p = min(p, v-1)
	}
	return p
}

func (w *world) send(s *fakeSession, ship shipment) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s != w.lastSess {
		w.lastSess, w.retries, w.high = s, 0, 0
		clear(w.volatile) // a new process
		w.written = maps.Clone(w.synced)
	}
	v := Verdict{BatchID: ship.id, HasDurable: true, Outcome: Accepted}
	accept := func(i int) {
		n, _ := strconv.Atoi(ship.records[i])
		p, file := ship.positions[i], ship.resolved["to"]
		if w.rule != nil && w.ordered {
			if p <= w.written[file] {
				return
			}
			w.written[file] = p
		}
		w.volatile[p] = n
		w.high = max(w.high, p)
	}
	switch {
	case w.ordered && ship.retriesSeen < w.retries:
		v.Outcome, v.Code = Retry, OutOfOrder
	case w.healthy || w.rnd.IntN(4) > 0:
		for i := range ship.records {
			accept(i)
		}
	default:
		switch w.rnd.IntN(4) {
		case 0:
			v.Outcome, v.Code = Retry, Unavailable
			if w.rnd.IntN(2) == 0 {
				v.RetryAfter = time.Minute
			}
			w.retries++
		case 1:
			v.Outcome, v.Code = Rejected, Invalid
		case 2:
			if w.rule != nil && w.ordered {
				for i := range ship.records { // or it would skip them when they come again behind others
					accept(i)
				}
			}
			return // no answer
		case 3:
			v.Outcome = Partial
			retried := false
			for i := range ship.records {
				k := w.rnd.IntN(6)
				switch {
				case k == 0 || w.ordered && retried:
					v.Records = append(v.Records, RecordVerdict{Index: uint32(i), Outcome: Retry})
					retried = true
				case k == 1:
					v.Records = append(v.Records, RecordVerdict{Index: uint32(i), Outcome: Rejected})
				default:
					accept(i)
				}
			}
			if retried {
				w.retries++
			}
		}
	}
	if w.healthy || w.rnd.IntN(5) == 0 {
		w.sync()
	}
	v.DurableThrough = w.mark()
	s.verdicts <- v
}

func (w *world) sync() {
	for _, n := range w.volatile {
		w.stored[n] = true
		w.copies[n]++
	}
	clear(w.volatile)
	w.synced = maps.Clone(w.written)
}

func (w *world) Put(_ context.Context, letters []DeadLetter) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range letters {
		n, _ := strconv.Atoi(string(l.Record))
		w.dead[n] = true
	}
	return nil
}

// TestNothingIsLostInAWorldOfTrouble has plugins that lose what they accepted, retry, reject, and do not answer, routers
// that are drained or stopped, and disks that remember.
func TestNothingIsLostInAWorldOfTrouble(t *testing.T) {
	n := uint64(20)
	if os.Getenv("SKIDWAY_LONG_TESTS") != "" {
		n = 200
	}
	for seed := range n {
		if !t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) { liveThroughTrouble(t, seed+60) }) {
			return
		}
	}
}

func liveThroughTrouble(t *testing.T, seed uint64) {
	w := &world{
		rnd:    rand.New(rand.NewPCG(seed, 7)),
		stored: map[int]bool{}, dead: map[int]bool{}, volatile: map[record.Position]int{}, copies: map[int]int{},
		synced: map[string]record.Position{}, written: map[string]record.Position{},
	}
	w.ordered = w.rnd.IntN(2) == 0
	o := rigOptions{disk: t.TempDir(), info: SessionInfo{Ordered: w.ordered, StableBatches: w.rnd.IntN(2) == 0}, onSend: w.send, dead: w}
	o.MaxRecords = 7
	o.MaxInFlight = 1 + w.rnd.IntN(4)
	o.RejectLimit = -1
	if w.rnd.IntN(3) > 0 {
		files := 1 + w.rnd.IntN(6)
		w.rule = func(p record.Position, _ []byte) (string, bool) {
			h := p * 0x9E3779B97F4A7C15 >> 32
			return strconv.Itoa(int(h) % files), h%37 != 0
		}
		o.resolver = w.rule
		o.MaxOpen = 1 + w.rnd.IntN(5)
	}
	total := 0
	rounds := 4
	for round := range rounds {
		w.set(func() { w.healthy = round == rounds-1 })
		o.before = total
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, o)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() { r.result <- r.lane.Run(ctx) }()
			synctest.Wait()
			for range 30 {
				switch w.draw(7) {
				case 0, 1:
					r.append(1 + w.draw(30))
				case 2:
					r.after(time.Duration(w.draw(3000)) * time.Millisecond)
				case 3:
					if len(r.dest.sessions) > 0 && !w.healthy {
						r.crash(End{Reason: "killed"})
					}
				case 4:
					r.after(time.Duration(w.draw(60)) * time.Second)
				case 5:
					if w.serves(r.session()) {
						var mark record.Position
						w.set(func() { w.sync(); mark = w.mark() })
						r.answer(Verdict{Outcome: Working, HasDurable: true, DurableThrough: mark})
					}
				case 6:
					if w.draw(2) == 0 {
						_ = r.lane.StepAside(t.Context(), func() error { return nil })
						synctest.Wait()
					}
				}
			}
			if w.healthy {
				r.after(time.Hour)
			}
			if w.healthy || w.draw(2) == 0 {
				c, stop := context.WithTimeout(t.Context(), time.Minute)
				_ = r.lane.Drain(c)
				stop()
			}
			cancel()
			<-r.lane.ended
			w.set(func() { w.lastSess = &fakeSession{}; clear(w.volatile) }) // the process is gone
			total = r.appended
			if w.healthy {
				if h := r.status().Held; h != 0 {
					t.Errorf("held %d at the end", h)
				}
			}
			r.close()
		})
	}
	missing := 0
	for i := 1; i <= total; i++ {
		if !w.stored[i] && !w.dead[i] {
			missing++
			if missing < 5 {
				t.Errorf("record %d is lost", i)
			}
		}
		if w.rule != nil && w.ordered && w.copies[i] > 1 {
			t.Errorf("record %d is stored %d times", i, w.copies[i])
		}
	}
	if missing > 0 {
		t.Errorf("%d of %d lost (ordered %v, in flight %d)", missing, total, w.ordered, o.MaxInFlight)
	}
}
