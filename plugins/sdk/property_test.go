package sdk

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"testing"

	"github.com/hashicorp/go-hclog"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/skidway/skidway/plugins/sdk/internal/wire"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// pipe is a Deliver stream between a model of a router and the SDK, in memory.
type pipe struct {
	ctx      context.Context
	batches  chan *pluginv1.DeliverRequest
	verdicts chan *pluginv1.DeliverResponse
}

func (p *pipe) Context() context.Context { return p.ctx }

func (p *pipe) RecvMsg(m any) error {
	req, ok := <-p.batches
	if !ok {
		return io.EOF
	}
	encoded, err := proto.Marshal(req)
	if err != nil {
		return err
	}
	return m.(*wire.Batch).Decode(encoded)
}

func (p *pipe) SendMsg(m any) error {
	switch v := m.(type) {
	case *wire.Verdict:
		p.verdicts <- message(v)
	case *pluginv1.DeliverResponse:
		p.verdicts <- v
	}
	return nil
}

// moody is an ordered destination that fails as it is told.
type moody struct {
	moods  []int
	stored []uint64 // positions
	lost   []uint64 // positions that it rejected
	hint   bool     // WriteAll fails when set
}

func (*moody) Open(context.Context, Config) error { return nil }
func (*moody) Close() error                       { return nil }

func (m *moody) Write(_ context.Context, b *Batch) error {
	mood := 0
	if len(m.moods) > 0 {
		mood, m.moods = m.moods[0], m.moods[1:]
	}
	all := func(into *[]uint64) {
		for i := range b.Len() {
			*into = append(*into, b.Position(i))
		}
	}
	switch mood {
	case 0:
		all(&m.stored)
		return nil
	case 1:
		return errors.New("refused")
	case 2:
		all(&m.lost)
		return Reject(errors.New("bad"))
	case 3:
		panic("oh")
	case 4:
		return &PartialError{Retry: map[int]string{b.Len(): "out of range"}}
	default: // the head is stored, one record is lost, the tail comes again
		e := &PartialError{Rejected: map[int]string{}, Retry: map[int]string{}}
		cutAt := mood % (b.Len() + 1)
		for i := range b.Len() {
			switch {
			case i == cutAt:
				e.Rejected[i] = "bad"
				m.lost = append(m.lost, b.Position(i))
			case i > cutAt:
				e.Retry[i] = "later"
			default:
				m.stored = append(m.stored, b.Position(i))
			}
		}
		return e
	}
}

// moodyAll may also fail several batches at once.
type moodyAll struct{ moody }

func (m *moodyAll) WriteAll(ctx context.Context, bs []*Batch) error {
	if len(bs) > 1 {
		if m.hint = !m.hint; m.hint {
			return errors.New("one by one, please")
		}
	}
	if len(bs) == 1 {
		err := m.Write(ctx, bs[0])
		if _, partial := errors.AsType[*PartialError](err); !partial {
			return err
		}
		// WriteAll can't name records: what Write did is undone.
		m.forget(bs[0])
		return Retry(err)
	}
	for _, b := range bs {
		for i := range b.Len() {
			m.stored = append(m.stored, b.Position(i))
		}
	}
	return nil
}

func (m *moodyAll) forget(b *Batch) {
	ours := func(p uint64) bool { return p >= b.Position(0) && p <= b.Position(b.Len()-1) }
	m.stored = slices.DeleteFunc(m.stored, ours)
	m.lost = slices.DeleteFunc(m.lost, ours)
}

// router is a model of how a router delivers to an ordered destination.
type router struct {
	p       *pipe
	window  int
	waiting [][]uint64 // positions of each batch that is to be sent, in order
	open    map[uint64][]uint64
	again   [][]uint64 // to be sent before waiting, once nothing is open
	lastID  uint64
	retries uint64
	halted  bool
}

func (r *router) run(t *rapid.T) {
	for len(r.waiting) > 0 || len(r.open) > 0 || len(r.again) > 0 {
		if r.halted && len(r.open) == 0 {
			slices.SortFunc(r.again, func(a, b []uint64) int { return int(a[0]) - int(b[0]) })
			r.waiting, r.again, r.halted = append(r.again, r.waiting...), nil, false
		}
		for !r.halted && len(r.open) < r.window && len(r.waiting) > 0 {
			r.send(r.waiting[0])
			r.waiting = r.waiting[1:]
		}
		if len(r.open) > 0 {
			r.take(t, <-r.p.verdicts)
		}
	}
	close(r.p.batches)
}

func (r *router) send(positions []uint64) {
	r.lastID++
	records := make([]string, len(positions))
	for i, p := range positions {
		records[i] = strconv.FormatUint(p, 10)
	}
	b := request(r.lastID, positions[0], records...)
	b.RetriesSeen = r.retries
	r.open[r.lastID] = positions
	r.p.batches <- b
}

func (r *router) take(t *rapid.T, v *pluginv1.DeliverResponse) {
	positions, ok := r.open[v.GetBatchId()]
	if !ok {
		t.Fatalf("verdict %s about a batch that is not open", short(v))
	}
	delete(r.open, v.GetBatchId())
	if v.GetThrough() {
		for id := range r.open {
			if id < v.GetBatchId() {
				delete(r.open, id)
			}
		}
	}
	if retries(v) {
		r.retries++
		r.halted = true
	}
	switch v.GetOutcome() {
	case pluginv1.Outcome_OUTCOME_RETRY:
		r.again = append(r.again, positions)
	case pluginv1.Outcome_OUTCOME_PARTIAL:
		var rest []uint64
		for _, record := range v.GetRecords() {
			if record.GetOutcome() == pluginv1.Outcome_OUTCOME_RETRY {
				rest = append(rest, positions[record.GetIndex()])
			}
		}
		if len(rest) > 0 {
			r.again = append(r.again, rest)
		}
	case pluginv1.Outcome_OUTCOME_ACCEPTED, pluginv1.Outcome_OUTCOME_REJECTED:
	default:
		t.Fatalf("verdict %s", short(v))
	}
}

// TestOrderHoldsWhateverFails has a model of a router deliver to an ordered destination that fails at random: every
// record ends stored or rejected, once, and those stored are in order.
func TestOrderHoldsWhateverFails(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &moodyAll{moody{moods: rapid.SliceOfN(rapid.IntRange(0, 8), 0, 40).Draw(t, "moods")}}
		var d Destination = m
		if rapid.Bool().Draw(t, "write only") {
			d = &m.moody
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		window := rapid.IntRange(1, 6).Draw(t, "window")
		r := &router{
			window: window, open: map[uint64][]uint64{},
			p: &pipe{
				ctx:     ctx,
				batches: make(chan *pluginv1.DeliverRequest, window), verdicts: make(chan *pluginv1.DeliverResponse, window),
			},
		}
		position := uint64(0)
		for range rapid.IntRange(1, 12).Draw(t, "batches") {
			var batch []uint64
			for range rapid.IntRange(1, 3).Draw(t, "records") {
				position++
				batch = append(batch, position)
			}
			r.waiting = append(r.waiting, batch)
		}
		ended := make(chan error, 1)
		go func() {
			ended <- (&delivery{
				destination: d, traits: Traits{Ordered: true}, stream: r.p, mark: &durableMark{}, log: hclog.NewNullLogger(),
			}).run(newHalt(), window)
		}()
		r.run(t)
		if err := <-ended; err != nil {
			t.Fatalf("run = %v, want nil", err)
		}
		if !slices.IsSorted(m.stored) {
			t.Fatalf("stored out of order: %v", m.stored)
		}
		all := slices.Sorted(slices.Values(append(slices.Clone(m.stored), m.lost...)))
		for i := range position {
			if i >= uint64(len(all)) || all[i] != i+1 {
				t.Fatalf("records ended as %v, want each of %d once", all, position)
			}
		}
		if uint64(len(all)) != position {
			t.Fatalf("%d records ended, want %d", len(all), position)
		}
	})
}
