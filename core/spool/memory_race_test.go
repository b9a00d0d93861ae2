package spool

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
)

// raceLane takes records while others append, checks every byte when it takes and when it lets go, and holds some for
// a while.
type raceLane struct {
	t       *testing.T
	cursor  Cursor
	random  *rand.Rand
	held    []*Run
	want    [][]byte // the data of held
	after   map[string]int
	seen    int64
	missing int64
}

func TestAppendersAndLanesAtTheSameTime(t *testing.T) {
	const appenders, groups = 4, 400
	m := testMemory(1<<19, 1<<14)
	addresses := []string{"block", "small", "drop"}
	lanes := make([]*raceLane, len(addresses))
	for i, o := range []BacklogOptions{{}, {MaxBytes: 20_000}, {MaxBytes: 30_000, WhenFull: DropOldest}} {
		lanes[i] = &raceLane{
			t: t, cursor: cursorOf(t, m, addresses[i], o), random: rand.New(rand.NewPCG(1, uint64(i))), after: map[string]int{},
		}
	}
	all := setOf(t, m, addresses...)
	var wait, appending sync.WaitGroup
	done := make(chan struct{})
	var appended atomic.Int64
	for i := range appenders {
		appending.Go(func() {
			random := rand.New(rand.NewPCG(2, uint64(i)))
			count := 0
			for range groups {
				g := &record.Group{Origin: record.Origin{Source: strconv.Itoa(i), ReceivedUnixNano: time.Now().UnixNano()}}
				for range 1 + random.IntN(40) {
					addRecord(g, fmt.Sprintf("%d %d ", i, count), 20+random.IntN(200))
					count++
				}
				var err error
				if random.IntN(20) == 0 {
					_, err = m.AppendOver(t.Context(), g, all)
				} else {
					_, err = m.Append(t.Context(), g, all)
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
			appended.Add(int64(count))
		})
	}
	for _, l := range lanes {
		wait.Go(func() { l.run(done) })
	}
	appending.Wait()
	close(done)
	wait.Wait()
	for i, l := range lanes {
		b := l.cursor.Backlog()
		if b.Records != 0 || b.Bytes != 0 || l.seen+b.DroppedFull != appended.Load() || l.missing > b.DroppedFull {
			t.Errorf("%s: %d records were appended, %d taken, %d missing between them; backlog %+v", addresses[i], appended.Load(), l.seen, l.missing, b)
		}
		if i < 2 && l.missing > 0 {
			t.Errorf("%s: %d records are missing", addresses[i], l.missing)
		}
	}
	if m.segments != 1 || m.bytes != m.current.held {
		t.Errorf("%d bytes in %d segments are in use, want %d in the current one", m.bytes, m.segments, m.current.held)
	}
}

// run returns when done is closed and nothing is left.
func (l *raceLane) run(done <-chan struct{}) {
	for {
		r, ok := l.cursor.Take(1+l.random.IntN(60), 1+l.random.IntN(5000), true)
		if ok {
			l.take(&r)
			continue
		}
		for len(l.held) > 0 {
			l.letGo(0)
		}
		select {
		case <-l.cursor.Ready():
		case <-done:
			if l.cursor.Backlog().Untaken == 0 {
				return
			}
		}
	}
}

func (l *raceLane) take(r *Run) {
	l.seen += int64(r.Len())
	l.held, l.want = append(l.held, r), append(l.want, bytes.Clone(r.Data))
	data := r.Data
	for _, n := range r.Sizes {
		l.record(r.Origin.Source, data[:n+1])
		data = data[n+1:]
	}
	if len(data) != 0 {
		l.t.Errorf("run at %d has %d bytes too many", r.First, len(data))
	}
	if l.random.IntN(8) == 0 {
		r.Segment.Lend()
		if l.random.IntN(2) == 0 {
			r.Segment.Return()
		}
	}
	if l.random.IntN(8) == 0 {
		DetachSparse(slices.Values(l.held))
	}
	for len(l.held) > 4 {
		l.letGo(l.random.IntN(len(l.held)))
	}
}

// record checks one record: who appended it, that none before it comes after it, and its filling.
func (l *raceLane) record(source string, data []byte) {
	fields := bytes.SplitN(data, []byte{' '}, 3)
	if len(fields) != 3 || string(fields[0]) != source || !bytes.Equal(fields[2], append(bytes.Repeat([]byte{'.'}, len(fields[2])-1), '\n')) {
		l.t.Errorf("record of %s = %q", source, data)
		return
	}
	n, err := strconv.Atoi(string(fields[1]))
	if err != nil || n < l.after[source] {
		l.t.Errorf("record of %s = %q, want one from %d on", source, data, l.after[source])
	}
	l.missing += int64(n - l.after[source])
	l.after[source] = n + 1
}

func (l *raceLane) letGo(i int) {
	r := l.held[i]
	if !bytes.Equal(r.Data, l.want[i]) {
		l.t.Errorf("data at %d changed while it was held", r.First)
	}
	n, length := int64(r.Len()), int64(len(r.Data))
	r.Segment.Release()
	l.cursor.Settle(0, n, length)
	l.held, l.want = slices.Delete(l.held, i, i+1), slices.Delete(l.want, i, i+1)
}
