package router

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/core/config"
	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/delivery/deadletter"
	"github.com/skidway/skidway/core/metrics"
	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// ledger stands for a spool: it remembers what each destination gets.
type ledger struct {
	mu   sync.Mutex
	sets [][]string
	got  map[string][]string // "ID DATA" by address
	last record.Position
	fail error
	// then is called before each append.
	then func()
}

// Set implements appender.
func (l *ledger) Set(addresses ...string) (spool.Set, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	sorted := slices.Sorted(slices.Values(addresses))
	if i := slices.IndexFunc(l.sets, func(s []string) bool { return slices.Equal(s, sorted) }); i >= 0 {
		return spool.Set(i + 1), nil
	}
	l.sets = append(l.sets, sorted)
	return spool.Set(len(l.sets)), nil
}

// Append implements appender.
func (l *ledger) Append(_ context.Context, g *record.Group, s spool.Set) (record.Position, error) {
	if l.then != nil {
		l.then()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		return 0, l.fail
	}
	data := g.Data
	for i, size := range g.Sizes {
		for _, d := range l.sets[s-1] {
			l.got[d] = append(l.got[d], fmt.Sprintf("%d %s", g.ID(i), data[:size]))
		}
		data = data[size+1:]
		l.last++
	}
	return l.last, nil
}

// letterBox stands for a store of dead letters.
type letterBox struct {
	put func(letters []delivery.DeadLetter) error
}

// Put implements delivery.DeadLetters.
func (b letterBox) Put(_ context.Context, letters []delivery.DeadLetter) error { return b.put(letters) }

// enter returns the way of source.tcp.app, into a ledger and a letter box, and what is logged.
func enter(t *testing.T, main string, put func([]delivery.DeadLetter) error) (*onward, *ledger, *bytes.Buffer) {
	t.Helper()
	c, _ := read(t, main, "")
	return enterConfig(t, c, put)
}

func enterConfig(t *testing.T, c *config.Config, put func([]delivery.DeadLetter) error) (*onward, *ledger, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	l := &ledger{got: map[string][]string{}}
	s := &waypoints{
		network: networkOf(c), spool: l, made: map[string]*waypoint{}, now: time.Now, hostname: "here",
		log: hclog.New(&hclog.LoggerOptions{Output: &log, DisableTime: true}),
		letters: func(string, *metrics.Destination, hclog.Logger) (delivery.DeadLetters, error) {
			return letterBox{put}, nil
		},
	}
	for _, p := range c.Pipelines {
		if p.Steps != nil {
			if err := s.add(p); err != nil {
				t.Fatal(err)
			}
		}
	}
	way, err := s.onward(s.network.first(c, "source.tcp.app"))
	if err != nil {
		t.Fatal(err)
	}
	return way, l, &log
}

// groupOf is a group of lines; the id of the first is 100.
func groupOf(lines ...string) *record.Group {
	g := &record.Group{Origin: record.Origin{Source: "source.tcp.app", ID: 100}}
	for _, line := range lines {
		g.Sizes = append(g.Sizes, uint32(len(line)))
		g.Data = append(append(g.Data, line...), '\n')
	}
	return g
}

// manyRoutes is a pipeline with ten routes: each takes the records whose field of its name is true. Two lead to other
// pipelines, one of which has steps.
func manyRoutes() string {
	var b strings.Builder
	for i := range 10 {
		fmt.Fprintf(&b, "destination \"sink\" \"r%d\" {}\n", i)
	}
	b.WriteString("pipeline \"main\" {\n from = [source.tcp.app]\n")
	for i := range 10 {
		to := fmt.Sprintf("destination.sink.r%d", i)
		switch i {
		case 8:
			to = "pipeline.plain"
		case 9:
			to = "pipeline.steps"
		}
		fmt.Fprintf(&b, " route \"r%d\" {\n  when = record.r%d == true\n  to = [%s]\n }\n", i, i, to)
	}
	b.WriteString(" otherwise {\n  to = [destination.sink.r9]\n }\n}\n")
	b.WriteString("pipeline \"plain\" {\n to = [destination.sink.r8, destination.sink.r0]\n}\n")
	b.WriteString("pipeline \"steps\" {\n transform \"unset\" {\n  fields = [record.x]\n }\n to = [destination.sink.r9]\n}\n")
	return b.String()
}

// TestEverySetOfRoutes sends records that are routed in all 1024 ways that ten routes allow, three times, in an order that
// makes almost each a part of its own. Each destination gets what is its, in order, and the spool is not asked for more
// sets than a waypoint may make.
func TestEverySetOfRoutes(t *testing.T) {
	way, l, _ := enter(t, manyRoutes(), nil)
	want := map[string][]string{}
	id := 100
	for range 3 {
		var lines []string
		for i := range 1024 {
			mask := i * 637 % 1024 // 637 and 1024 have no common divisor
			line := "{"
			for r := range 10 {
				if mask>>r&1 == 1 {
					line += `"r` + strconv.Itoa(r) + `":true,`
				}
			}
			line += `"n":` + strconv.Itoa(id) + "}"
			lines = append(lines, line)
			give := func(d string) { want[d] = append(want[d], strconv.Itoa(id)+" "+line) }
			for r := range 8 {
				if mask>>r&1 == 1 {
					give("destination.sink.r" + strconv.Itoa(r))
				}
			}
			if mask>>8&1 == 1 {
				give("destination.sink.r8")
				give("destination.sink.r0") // a second time where r0 matches too: there are two ways
			}
			if mask>>9&1 == 1 || mask == 0 {
				give("destination.sink.r9")
			}
			id++
		}
		g := groupOf(lines...)
		g.Origin.ID = uint64(id - len(lines))
		last, err := way.append(t.Context(), g)
		if err != nil {
			t.Fatal(err)
		}
		if last != l.last {
			t.Errorf("position %d, want the last one, %d", last, l.last)
		}
	}
	if diff := cmp.Diff(want, l.got); diff != "" {
		t.Errorf("what the destinations got (-want +got):\n%.2000s", diff)
	}
	if most := maxPlans + 20; len(l.sets) > most {
		t.Errorf("%d sets in the spool, want at most %d", len(l.sets), most)
	}
}

func TestWaypointIsUsedByManyAtOnce(t *testing.T) {
	way, l, _ := enter(t, manyRoutes(), nil)
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 200 {
				line := fmt.Sprintf(`{"r%d":true,"r%d":true,"w":%d}`, i%8, (i+w)%10, w)
				if _, err := way.append(t.Context(), groupOf(line, line)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := len(l.got["destination.sink.r3"]); n < 200 {
		t.Errorf("%d records at r3, want 25 of 200 groups of each worker and more", n)
	}
}

const withLetters = `
pipeline "main" {
  from = [source.tcp.app]
  transform "parse" {
    field    = record.text
    format   = "json"
    on_error = "dead_letter"
  }
  to = [destination.sink.a]
}
`

func TestDeadLettersAreStoredFirst(t *testing.T) {
	var order []string
	way, l, log := enter(t, withLetters, func(letters []delivery.DeadLetter) error {
		for _, d := range letters {
			order = append(order, fmt.Sprintf("letter %d %s %s", d.Origin.ID, d.Destination, d.Record))
			if d.Reason == "" || d.Code != delivery.Invalid || d.GivenUp.IsZero() {
				t.Errorf("letter = %+v", d)
			}
		}
		return nil
	})
	l.then = func() { order = append(order, "append") }
	last, err := way.append(t.Context(), groupOf(`{"text":"{\"a\":1}"}`, `{"text":"{"}`, "a line", `{"text":"["}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`letter 101 pipeline.main {"text":"{"}`, `letter 103 pipeline.main {"text":"["}`, "append"}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{`100 {"text":"{\"a\":1}","a":1}`, "102 a line"}, l.got["destination.sink.a"]); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if last != 2 {
		t.Errorf("position %d, want 2", last)
	}
	if n := strings.Count(log.String(), "\n"); n != 1 || !strings.Contains(log.String(), "skidway.hcl:4") {
		t.Errorf("log = %q, want the first error with its place", log)
	}
}

func TestAGroupOfDeadLettersHasNoPosition(t *testing.T) {
	way, l, _ := enter(t, withLetters, func([]delivery.DeadLetter) error { return nil })
	last, err := way.append(t.Context(), groupOf(`{"text":"{"}`))
	if err != nil || last != 0 || len(l.got) > 0 {
		t.Errorf("position %d, error %v, records %v; want none", last, err, l.got)
	}
}

// A full store makes the waypoint wait, and with it the source: nothing is appended before there is room.
func TestFullDeadLettersMakeTheWaypointWait(t *testing.T) {
	c, _ := read(t, withLetters, "")
	synctest.Test(t, func(t *testing.T) {
		room := time.Now().Add(90 * time.Second)
		tries := 0
		way, l, log := enterConfig(t, c, func([]delivery.DeadLetter) error {
			if tries++; time.Now().Before(room) {
				return errors.New("no room")
			}
			return nil
		})
		l.then = func() {
			if time.Now().Before(room) {
				t.Error("a record was appended before its group's dead letters were stored")
			}
		}
		if _, err := way.append(t.Context(), groupOf(`{"text":"{"}`, "a line")); err != nil {
			t.Fatal(err)
		}
		if tries < 80 || len(l.got["destination.sink.a"]) != 1 {
			t.Errorf("%d tries, records %v", tries, l.got)
		}
		if n := strings.Count(log.String(), "can't be stored"); n != 1 {
			t.Errorf("said %d times that there is no room, want once:\n%s", n, log)
		}
	})
}

func TestWaitingForDeadLettersEnds(t *testing.T) {
	c, _ := read(t, withLetters, "")
	t.Run("with its context", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			way, l, _ := enterConfig(t, c, func([]delivery.DeadLetter) error { return errors.New("no room") })
			_, err := way.append(ctx, groupOf(`{"text":"{"}`, "a line"))
			if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "pipeline.main") || len(l.got) > 0 {
				t.Errorf("error %v, records %v", err, l.got)
			}
		})
	})
	t.Run("with its store", func(t *testing.T) {
		way, l, _ := enterConfig(t, c, func([]delivery.DeadLetter) error { return fmt.Errorf("put: %w", deadletter.ErrClosed) })
		_, err := way.append(t.Context(), groupOf(`{"text":"{"}`, "a line"))
		if !errors.Is(err, deadletter.ErrClosed) || len(l.got) > 0 {
			t.Errorf("error %v, records %v", err, l.got)
		}
	})
}

func TestAppendThatFails(t *testing.T) {
	way, l, _ := enter(t, manyRoutes(), nil)
	l.fail = errors.New("spool is closed")
	for _, line := range []string{`{"r1":true}`, `{"r9":true}`, "no route"} {
		if last, err := way.append(t.Context(), groupOf(line)); !errors.Is(err, l.fail) || last != 0 {
			t.Errorf("%s: position %d, error %v", line, last, err)
		}
	}
}
