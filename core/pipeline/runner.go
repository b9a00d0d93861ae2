package pipeline

import (
	"github.com/skidway/skidway/core/expr"
	"github.com/skidway/skidway/core/expr/jsonscan"
	"github.com/skidway/skidway/core/record"
)

// Runner is the scratch memory that one goroutine at a time runs a pipeline with. It is reused from group to group.
type Runner struct {
	p     *Pipeline
	rec   *expr.Record // nil without expressions
	meta  expr.Meta
	tally tally
	build builder

	data    []byte // the record as it is now
	changed bool   // data is not the group's
	bufs    [2][]byte
	cur     int // the buffer that data is in, or that is free when data is the group's
	work    scratch
	at      int // the transform at work

	explains bool    // words are wanted for every error
	notes    []error // errors that changed no record's fate, while explaining

	evaluations uint64 // slow ones that were counted
}

// scratch is what transforms work with.
type scratch struct {
	splicer jsonscan.Splicer
	unsets  []*jsonscan.Splicer // by transform: edits that are the same for every record
	found   []jsonscan.Value
	values  []byte
	places  []jsonscan.Value // in values
	text    []byte
	middle  []byte
	base    []byte
	fields  fieldList
	merger  merger
	hits    []hit
	written []byte    // a number without its exponent
	plain   [2][]byte // texts with their escapes undone
}

// keptBytes is how large a buffer a runner keeps from group to group.
const keptBytes = 1 << 20

// Runner returns a new runner of the pipeline.
func (p *Pipeline) Runner() *Runner {
	r := &Runner{p: p}
	r.build.p = p
	if p.opts.Unit != nil {
		r.rec = p.opts.Unit.Record()
	}
	r.tally.transforms = make([]transformTally, len(p.transforms))
	r.tally.routes = make([]routeTally, len(p.routes.routes))
	r.work.unsets = make([]*jsonscan.Splicer, len(p.transforms))
	for i := range p.transforms {
		r.work.unsets[i] = p.transforms[i].edits()
	}
	return r
}

// Run runs the records of g through the pipeline and gives what becomes of them to emit: each record once, in an order that
// Options.Meet allows, in one call for all of them or, when transforms make them long, in several; none when all are dropped.
// now, in nanoseconds since 1970, is the time that now() shows. Run returns the first error of emit and nothing else; the
// records after it are then not looked at. It reads g until it returns, keeps nothing of it, and allocates nothing in a
// steady state but for what README.md lists.
func (r *Runner) Run(g *record.Group, now int64, emit func(*Output) error) error {
	defer r.finish()
	if g.Len() == 0 {
		return nil
	}
	if len(r.p.transforms) == 0 && r.p.routes.plain {
		return r.pass(g, emit)
	}
	r.begin(&g.Origin, now)
	offset := 0
	for i, size := range g.Sizes {
		r.meta.ID = g.ID(i)
		r.show(g.Data[offset : offset+int(size)])
		r.one(g, i, offset)
		offset += int(size) + 1
		if r.build.full() {
			if err := r.emit(g, emit); err != nil {
				return err
			}
		}
	}
	return r.emit(g, emit)
}

// pass gives the group away as it is.
func (r *Runner) pass(g *record.Group, emit func(*Output) error) error {
	n := int64(g.Len())
	r.tally.records += n
	if r.p.routes.otherwise.Empty() {
		r.tally.droppedNone += n
		return nil
	}
	r.tally.out += n
	out := &r.build.out
	out.DeadLetters = out.DeadLetters[:0]
	out.Parts = append(out.Parts[:0], Part{Group: *g, To: r.p.routes.otherwise})
	return emit(out)
}

// begin sets what all records of a group share.
func (r *Runner) begin(o *record.Origin, now int64) {
	r.meta = expr.Meta{
		Source: o.Source, Peer: o.Peer, PeerPort: o.PeerPort, ClientName: o.ClientName,
		Hostname: r.p.opts.Hostname, ReceivedUnixNano: o.ReceivedUnixNano, Truncated: o.Truncated, Now: now,
	}
}

// show makes the runner look at a record of the group.
func (r *Runner) show(data []byte) {
	r.data, r.changed = data, false
	if r.rec != nil {
		r.rec.Reset(data, &r.meta)
	}
}

// one runs one record, which show made the current one.
func (r *Runner) one(g *record.Group, i, offset int) {
	r.tally.records++
	for at := range r.p.transforms {
		fate, err := r.step(at)
		switch fate {
		case goesOn:
			continue
		case isDropped:
		case isDead:
			r.build.letter(Letter{Transform: at, Index: i, Reason: err.Error()}, r.data)
		}
		return
	}
	if r.changed {
		r.tally.changed++
	}
	to := r.route()
	if to.Empty() {
		return
	}
	r.tally.out++
	var changed []byte
	if r.changed {
		changed = r.data
	}
	r.build.add(g, i, offset, changed, &to)
}

// emit gives away what was built.
func (r *Runner) emit(g *record.Group, emit func(*Output) error) error {
	if len(r.build.spans) == 0 && len(r.build.letters) == 0 {
		return nil
	}
	err := emit(r.build.output(g))
	r.build.reset()
	return err
}

// finish flushes the counts and lets go of the group and of buffers that one large record made.
func (r *Runner) finish() {
	r.tally.flush(&r.p.metrics)
	r.build.reset()
	r.data, r.changed = nil, false
	if r.rec != nil {
		r.rec.Reset(nil, nil)
		if n := r.rec.SlowCount(); n != r.evaluations {
			r.p.metrics.Slow.Add(int64(n - r.evaluations))
			r.evaluations = n
		}
	}
	w := &r.work
	for _, b := range [...]*[]byte{
		&r.bufs[0], &r.bufs[1], &w.values, &w.text, &w.middle, &w.base, &w.plain[0], &w.plain[1], &w.fields.buf,
	} {
		if cap(*b) > keptBytes {
			*b = nil
		}
	}
	r.build.shrink()
}

// spare returns the empty buffer that the record's next bytes are to be made in; set takes them.
func (r *Runner) spare() []byte {
	if r.changed {
		return r.bufs[1-r.cur][:0]
	}
	return r.bufs[r.cur][:0]
}

// set makes data, which spare began, the record, unless it is too large. by, if not nil, made it of the record as it is.
func (r *Runner) set(data []byte, by *jsonscan.Splicer) error {
	if len(data) > largestRecord {
		return errTooLarge
	}
	r.adopt(data)
	switch {
	case r.rec == nil:
	case by != nil:
		r.rec.Spliced(data, by)
	default:
		r.rec.Replace(data)
	}
	return nil
}

// adopt makes data, which spare began, the record; expressions have been told of it, or will be.
func (r *Runner) adopt(data []byte) {
	if r.changed {
		r.cur = 1 - r.cur
	}
	r.bufs[r.cur] = data
	r.data, r.changed = data, true
}
