package pipeline

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/skidway/skidway/core/expr"
	"github.com/skidway/skidway/core/expr/exprtest"
	"github.com/skidway/skidway/core/record"
)

// receivedAt is when the records of tests were received: 2026-11-24T07:00:00Z.
const receivedAt = 1795503600 * 1_000_000_000

// groupOf returns a group of lines with ids from 1000 on.
func groupOf(lines ...string) *record.Group {
	g := &record.Group{Origin: record.Origin{
		Source: "source.tcp.app", Peer: "192.0.2.7", PeerPort: 4711, ReceivedUnixNano: receivedAt, ID: 1000,
	}}
	for _, l := range lines {
		g.Sizes = append(g.Sizes, uint32(len(l)))
		g.Data = append(append(g.Data, l...), '\n')
	}
	return g
}

// unit collects a test's expressions.
type unit struct {
	t testing.TB
	*expr.Unit
}

func newUnit(t testing.TB) unit { return unit{t, expr.NewUnit(nil, expr.Options{})} }

func (u unit) when(text string) *expr.Predicate {
	u.t.Helper()
	return exprtest.Predicate(u.t, u.Unit, text)
}

func (u unit) value(text string) *expr.Value {
	u.t.Helper()
	return exprtest.Value(u.t, u.Unit, text)
}

func (u unit) set(text string, at ...string) *Set {
	u.t.Helper()
	fields, object := exprtest.Object(u.t, u.Unit, text)
	return &Set{Fields: fields, Object: object, At: at}
}

// pipeline makes a pipeline; without anywhere to go its records go to "all".
func (u unit) pipeline(o Options) *Pipeline {
	u.t.Helper()
	o.Unit = u.Unit
	if o.Address == "" {
		o.Address = "pipeline.test"
	}
	if len(o.Routes) == 0 && o.To == nil {
		o.To = []string{"all"}
	}
	p, err := New(o)
	if err != nil {
		u.t.Fatal(err)
	}
	return p
}

// results are what became of a group's records, by their place in it: "target target: bytes", "dead: reason: bytes",
// or nothing.
func results(t testing.TB, p *Pipeline, g *record.Group) []string {
	t.Helper()
	return resultsOf(t, p, p.Runner(), g)
}

func resultsOf(t testing.TB, p *Pipeline, r *Runner, g *record.Group) []string {
	t.Helper()
	got := make([]string, g.Len())
	before := bytes.Clone(g.Data)
	last := map[int]int{} // of each target
	err := r.Run(g, receivedAt, func(out *Output) error {
		for i := range out.Parts {
			part := &out.Parts[i]
			var to []string
			for at := range part.To.All() {
				to = append(to, p.Targets()[at])
			}
			if err := records(&part.Group, func(at int, rec []byte) {
				index := int(part.Group.ID(at) - g.Origin.ID)
				got[index] += strings.Join(to, " ") + ": " + string(rec)
				for target := range part.To.All() {
					if index < last[target] {
						t.Errorf("record %d comes to %s behind record %d", index, p.Targets()[target], last[target])
					}
					last[target] = index
				}
			}); err != nil {
				return err
			}
		}
		for i := range out.DeadLetters {
			l := &out.DeadLetters[i]
			got[l.Index] += "dead: " + l.Reason + ": " + string(l.Record)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, g.Data) {
		t.Fatal("Run changed the group's data")
	}
	return got
}

// records calls yield for each record of a well-formed group.
func records(g *record.Group, yield func(i int, rec []byte)) error {
	at := 0
	for i, size := range g.Sizes {
		end := at + int(size)
		if end >= len(g.Data) || g.Data[end] != '\n' {
			return fmt.Errorf("record %d of %d bytes at %d has no terminator", i, size, at)
		}
		yield(i, g.Data[at:end])
		at = end + 1
	}
	if at != len(g.Data) {
		return fmt.Errorf("%d bytes of data, sizes say %d", len(g.Data), at)
	}
	return nil
}

// one returns what becomes of one line that goes to "all", or the way it ended.
func one(t testing.TB, p *Pipeline, line string) string {
	t.Helper()
	return strings.TrimPrefix(results(t, p, groupOf(line))[0], "all: ")
}
