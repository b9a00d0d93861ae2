package pipeline

import (
	"errors"
	"fmt"
	"slices"

	"github.com/skidway/skidway/core/expr"
	"github.com/skidway/skidway/core/expr/jsonscan"
)

// transform is a Transform, prepared.
type transform struct {
	kind    Kind
	when    *expr.Predicate
	onError OnError

	sample *sampler
	set    *setter
	unset  *Unset
	rename *renamer
	parse  *parser
	redact *redactor
}

// fate is what a transform made of a record.
type fate uint8

const (
	goesOn fate = iota
	isDropped
	isDead
)

// largestRecord is the largest that a destination's batch takes.
const largestRecord = 7 << 19

var (
	errTooLarge = errors.New("record would be larger than 3.5MiB")
	errUnclear  = errors.New("expression has an error for this record")
)

func newTransform(u *expr.Unit, o *Transform) (t transform, err error) {
	t = transform{kind: o.Kind, when: o.When, onError: o.OnError}
	if o.OnError > DeadLetter {
		return t, fmt.Errorf("on_error is %d, which is none", o.OnError)
	}
	missing := errors.New("the options of its kind are missing")
	switch o.Kind {
	case KindDrop:
		return t, nil
	case KindSample:
		if o.Sample != nil {
			t.sample, err = newSampler(o.Sample)
			return t, err
		}
	case KindSet:
		if o.Set != nil {
			t.set = newSetter(u, o.Set)
			return t, nil
		}
	case KindUnset:
		if t.unset = o.Unset; t.unset != nil {
			return t, checkPaths(o.Unset.Paths)
		}
	case KindRename:
		if o.Rename != nil {
			t.rename, err = newRenamer(o.Rename)
			return t, err
		}
	case KindParse:
		if o.Parse != nil {
			t.parse, err = newParser(o.Parse)
			return t, err
		}
	case KindRedact:
		if o.OnError == Keep {
			return t, errors.New("redact can't keep a record that it failed on; set on_error to drop or dead_letter")
		}
		if o.Redact != nil {
			t.redact, err = newRedactor(o.Redact)
			return t, err
		}
	default:
		return t, fmt.Errorf("kind %d is none", o.Kind)
	}
	return t, missing
}

func checkPaths(paths [][]string) error {
	for _, path := range paths {
		if len(path) == 0 {
			return errors.New("a path is empty; name a field of the record")
		}
	}
	return nil
}

// edits returns the edits that are the same for every record; nil when there are none.
func (t *transform) edits() *jsonscan.Splicer {
	if t.unset == nil {
		return nil
	}
	var s jsonscan.Splicer
	for _, path := range t.unset.Paths {
		// Unset refuses nothing when nothing is set.
		_ = s.Unset(path)
	}
	return &s
}

// step runs transform i on the record. err says what was wrong when the record is dead, or when the runner explains.
func (r *Runner) step(i int) (f fate, err error) {
	t, c := &r.p.transforms[i], &r.tally.transforms[i]
	if t.when != nil {
		switch t.when.Eval(r.rec) {
		case expr.NoMatch:
			return goesOn, nil
		case expr.Null:
			c.nulls++
			return goesOn, nil
		case expr.Failed:
			c.errors++
			tells := r.p.first(2 * i)
			if tells || r.explains || t.onError == DeadLetter {
				err = wordsOf(t.when, r.rec)
			}
			if tells {
				r.p.opts.OnError(Failure{Transform: i, Route: -1, InWhen: true, Err: err})
			}
			if t.kind != KindRedact {
				return r.give(i, err)
			}
			if r.explains {
				r.notes = append(r.notes, err) // it is why the redact was applied
			}
		case expr.Match:
		}
	}
	c.applied++
	r.at = i
	return r.do(i)
}

// do does the transform's work on a record that its when let through.
func (r *Runner) do(i int) (fate, error) {
	t, c := &r.p.transforms[i], &r.tally.transforms[i]
	var err error
	var changed bool
	switch t.kind {
	case KindDrop:
		c.dropped++
		return isDropped, nil
	case KindSample:
		var keeps bool
		if keeps, err = t.sample.keeps(r); err == nil && !keeps {
			c.dropped++
			return isDropped, nil
		}
	case KindSet:
		changed, err = r.applySet(i, t)
	case KindUnset:
		changed, err = r.splice(r.work.unsets[i])
	case KindRename:
		changed, err = r.applyRename(t.rename)
	case KindParse:
		changed, err = r.applyParse(t.parse)
	case KindRedact:
		changed, err = r.applyRedact(t.redact)
	}
	if err == nil {
		if changed {
			c.changed++
		}
		return goesOn, nil
	}
	c.errors++
	r.tell(i, err)
	return r.give(i, err)
}

// tell tells the transform's first error.
func (r *Runner) tell(i int, err error) {
	if r.p.first(2*i + 1) {
		r.p.opts.OnError(Failure{Transform: i, Route: -1, Err: err})
	}
}

// give does what on_error says.
func (r *Runner) give(i int, err error) (fate, error) {
	c := &r.tally.transforms[i]
	switch r.p.transforms[i].onError {
	case DropRecord:
		c.droppedError++
		return isDropped, err
	case DeadLetter:
		c.deadLettered++
		return isDead, err
	case Keep:
	}
	return goesOn, err
}

// wordsOf says what is wrong with an expression for a record.
func wordsOf(e interface{ Err(*expr.Record) error }, r *expr.Record) error {
	if err := e.Err(r); err != nil {
		return err
	}
	return errUnclear
}

// words says what is wrong with an expression of the transform at work. That is slow: when nobody reads it, it is said in
// general.
func (r *Runner) words(e interface{ Err(*expr.Record) error }) error {
	told := r.p.opts.OnError == nil || r.p.told[2*r.at+1].Load()
	if told && !r.explains && r.p.transforms[r.at].onError != DeadLetter {
		return errUnclear
	}
	return wordsOf(e, r.rec)
}

// isObject reports whether the record is a JSON object.
func (r *Runner) isObject() bool {
	if r.rec != nil {
		return r.rec.Object()
	}
	return r.p.object.Scan(r.data, nil)
}

// object returns the record as an object: a line as {"message": line}.
func (r *Runner) object() []byte {
	if r.isObject() {
		return r.data
	}
	return r.lineObject()
}

// lineObject returns a record that is no object as one, in a buffer that lives until the next call.
func (r *Runner) lineObject() []byte {
	r.work.middle = append(r.work.middle[:0], `{"message":`...)
	r.work.middle = append(jsonscan.AppendQuoted(r.work.middle, r.data), '}')
	return r.work.middle
}

// locate finds the plan's paths in the record as an object, which it returns, in one scan. A line's is {"message": line}.
func (r *Runner) locate(p *jsonscan.Plan) (base []byte, found []jsonscan.Value, object bool) {
	w := &r.work
	w.found = slices.Grow(w.found[:0], p.Len())[:p.Len()]
	if p.Scan(r.data, w.found) {
		return r.data, w.found, true
	}
	base = r.lineObject()
	p.Scan(base, w.found)
	return base, w.found, false
}

// splice makes the edits in the record.
func (r *Runner) splice(s *jsonscan.Splicer) (changed bool, err error) {
	return r.rendered(s, r.object())
}

// rendered makes the edits in base, an object, and makes the result the record.
func (r *Runner) rendered(s *jsonscan.Splicer, base []byte) (changed bool, err error) {
	out, changed, err := s.Append(r.spare(), base)
	if err != nil || !changed {
		return false, err
	}
	if len(r.data) == 0 || &base[0] != &r.data[0] {
		s = nil // base is not what expressions have seen
	}
	return true, r.set(out, s)
}
