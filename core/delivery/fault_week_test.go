package delivery

import (
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// asked returns how often it was asked.
func (d *deadFor) asked() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.attempts
}

// returns is the end of the outage.
func (d *deadFor) returns() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.back = true
}

// week is how many hours a destination is dead: few as a rule, since each has 36 000 looks at the disk, and those of a week
// when SKIDWAY_LONG_TESTS is set.
func week() int {
	if os.Getenv("SKIDWAY_LONG_TESTS") != "" {
		return 7 * 24
	}
	return 12
}

// deadFor is a destination that answers nothing but "later" until it is back.
type deadFor struct {
	mu       sync.Mutex
	back     bool
	attempts int
	arrived  []string
	seen     map[record.Position]bool
}

func (d *deadFor) answer(s *fakeSession, ship shipment) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.attempts++
	if !d.back {
		s.verdicts <- retry(ship)
		return
	}
	for i, p := range ship.positions {
		if !d.seen[p] {
			d.seen[p] = true
			d.arrived = append(d.arrived, ship.records[i])
		}
	}
	s.verdicts <- accepted(ship)
}

// TestDestinationDeadForAWeek: records keep coming, it is asked no more often than its options say, and when it is back
// it gets all of them in their order.
func TestDestinationDeadForAWeek(t *testing.T) {
	for name, c := range map[string]struct {
		info     SessionInfo
		inFlight int
	}{
		"ordered":               {SessionInfo{Ordered: true}, 4},
		"one batch in flight":   {SessionInfo{}, 1},
		"batches that overtake": {SessionInfo{}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			dead := &deadFor{seen: map[record.Position]bool{}}
			o := rigOptions{disk: t.TempDir(), info: c.info, onSend: dead.answer, backlog: spool.BacklogOptions{MaxBytes: 8 << 20}}
			o.MaxRecords, o.MaxInFlight = 10, c.inFlight
			o.Retry.InitialDelay, o.Retry.MaxDelay = time.Second, 5*time.Minute
			inBubble(t, o, func(t *testing.T, r *rig) {
				hours := week()
				for range hours {
					r.append(20)
					before := dead.asked()
					r.after(time.Hour)
					// With full jitter a wait is half of what it may be, on average; up to two windows of batches wait.
					if n := dead.asked() - before; n > 2*c.inFlight*24*3 {
						t.Fatalf("%d attempts in an hour", n)
					}
				}
				asked := dead.asked()
				if most := 2 * c.inFlight * hours * 24 * 5 / 4; asked > most || asked < hours {
					t.Errorf("%d attempts in %d hours, want at most %d", asked, hours, most)
				}
				r.check(0, 0, 0, int64(20*hours))
				if s := r.status(); s.State == Running {
					t.Errorf("the status after a week: %+v", s)
				}
				dead.returns()
				r.after(15 * time.Minute)
				r.check(int64(20*hours), 0, 0, 0)
				dead.mu.Lock()
				defer dead.mu.Unlock()
				if len(dead.arrived) != 20*hours {
					t.Fatalf("%d records arrived, want %d", len(dead.arrived), 20*hours)
				}
				numbers := make([]int, len(dead.arrived))
				for i, s := range dead.arrived {
					numbers[i], _ = strconv.Atoi(s)
				}
				if inOrder := slices.IsSorted(numbers); !inOrder && c.inFlight == 1 || !inOrder && c.info.Ordered {
					t.Error("they arrived in another order")
				}
				t.Logf("%d attempts in %d hours", asked, hours)
			})
		})
	}
}

// TestDestinationThatCannotStartForAWeek: the lane waits for it, and costs nothing.
func TestDestinationThatCannotStartForAWeek(t *testing.T) {
	o := onDisk(t, SessionInfo{Ordered: true})
	o.down = true
	inBubble(t, o, func(t *testing.T, r *rig) {
		hours := week()
		for range hours {
			r.append(20)
			r.after(time.Hour)
		}
		r.check(0, 0, 0, int64(20*hours))
		close(r.dest.down)
		next := 1
		for range 20 * hours / 10 {
			for _, s := range r.take() {
				for _, got := range s.records {
					if got != strconv.Itoa(next) {
						t.Fatalf("got record %s, want %d", got, next)
					}
					next++
				}
				r.answer(accepted(s))
			}
		}
		r.check(int64(20*hours), 0, 0, 0)
	})
}
