package pipeline

import (
	"errors"
	"fmt"
	"slices"

	"github.com/skidway/skidway/core/expr"
	"github.com/skidway/skidway/core/expr/jsonscan"
)

// setter is Set, prepared.
type setter struct {
	fields []expr.Field
	paths  [][]string // of fields
	object *expr.Value
	at     []string
	place  *jsonscan.Plan // of at; nil: the root
	quick  []expr.Member  // nil: quickSet can't be used
}

var errNoObject = errors.New("fields is not an object for this record")

func newSetter(u *expr.Unit, o *Set) *setter {
	s := &setter{fields: o.Fields, object: o.Object, at: o.At}
	for _, f := range o.Fields {
		s.paths = append(s.paths, append(slices.Clone(o.At), f.Name))
	}
	switch {
	case len(o.At) > 0:
		s.place = jsonscan.NewPlan([][]string{o.At})
	case u != nil && o.Object == nil:
		s.quick = newQuick(u, o.Fields)
	}
	return s
}

// applySet computes all values from the record as it is, then sets them at once.
func (r *Runner) applySet(i int, t *transform) (changed bool, err error) {
	s, w := t.set, &r.work
	w.values = w.values[:0]
	w.places = slices.Grow(w.places[:0], len(s.fields))[:len(s.fields)]
	for at := range s.fields {
		place := &w.places[at]
		w.values, err = s.fields[at].Value.AppendPlaced(w.values, r.rec, place)
		switch {
		case err != nil:
			if err := r.fieldFailed(i, &s.fields[at]); t.onError != Keep {
				return false, err
			}
		case place.Kind >= jsonscan.Array && tooDeep(place.Bytes(w.values), len(s.at)+1):
			return false, fmt.Errorf("set %s: the value %w", s.fields[at].Name, errDeep)
		}
	}
	if s.object != nil {
		return r.setObject(s)
	}
	if done, changed := r.quickSet(s); done {
		return changed, nil
	}
	w.splicer.Reset()
	edits := 0
	for at, place := range w.places {
		if place.Kind <= jsonscan.Null {
			continue
		}
		if err := w.splicer.Set(s.paths[at], place.Bytes(w.values)); err != nil {
			return false, err
		}
		edits++
	}
	if edits == 0 {
		return false, nil
	}
	return r.splice(&w.splicer)
}

// fieldFailed counts the error in one field's value. The words are only found when someone reads them.
func (r *Runner) fieldFailed(i int, f *expr.Field) error {
	t := &r.p.transforms[i]
	if t.onError != Keep {
		return fmt.Errorf("compute %s: %w", f.Name, r.words(f.Value)) // the caller counts it
	}
	r.tally.transforms[i].errors++
	if tells := r.p.first(2*i + 1); tells || r.explains {
		err := fmt.Errorf("compute %s: %w", f.Name, wordsOf(f.Value, r.rec))
		if tells {
			r.p.opts.OnError(Failure{Transform: i, Route: -1, Err: err})
		}
		r.notes = append(r.notes, err)
	}
	return nil
}

// setObject merges an object that is known only now, and the fields on top of it.
func (r *Runner) setObject(s *setter) (changed bool, err error) {
	w := &r.work
	start := len(w.values)
	out, kind, err := s.object.AppendJSON(w.values, r.rec)
	if err != nil {
		return false, r.words(s.object)
	}
	w.values = out
	w.fields.reset()
	switch kind {
	case jsonscan.Null:
	case jsonscan.Object:
		if tooDeep(out[start:], len(s.at)) {
			return false, errDeep
		}
		if err := w.membersOf(out[start:], false); err != nil {
			return false, err
		}
	default:
		return false, errNoObject
	}
	for at, place := range w.places {
		if place.Kind > jsonscan.Null {
			if err := w.fields.raw([]byte(s.fields[at].Name), place.Bytes(w.values)); err != nil {
				return false, err
			}
		}
	}
	if len(w.fields.list) == 0 {
		return false, nil
	}
	return r.mergeAt(r.object(), s.at, s.place, true)
}

// membersOf adds the members of a valid object to the fields, without those that are null unless nulls says so.
func (w *scratch) membersOf(object []byte, nulls bool) (err error) {
	whole := jsonscan.Value{Kind: jsonscan.Object, End: int32(len(object))}
	for whole.Start < whole.End && object[whole.Start] != '{' {
		whole.Start++
	}
	var name []byte
	jsonscan.Members(object, whole, func(key, value jsonscan.Value) bool {
		if value.Kind == jsonscan.Null && !nulls {
			return true
		}
		name = jsonscan.AppendText(name[:0], object, key)
		err = w.fields.compact(name, value.Bytes(object))
		return err == nil
	})
	return err
}

// mergeAt merges the fields in scratch into the object at a path of base, which is a valid object and not in the spare
// buffer. A path that leads through what is no object is an error.
func (r *Runner) mergeAt(base []byte, at []string, place *jsonscan.Plan, overwrite bool) (changed bool, err error) {
	w := &r.work
	if len(at) == 0 {
		whole := wholeOf(base)
		out := append(r.spare(), base[:whole.Start]...)
		out = w.merger.merge(out, base, whole, &w.fields, overwrite)
		return true, r.set(append(out, base[whole.End:]...), nil)
	}
	w.found = append(w.found[:0], jsonscan.Value{})
	place.Scan(base, w.found)
	switch w.found[0].Kind {
	case jsonscan.Missing, jsonscan.Null, jsonscan.Object:
	default:
		return false, jsonscan.ErrNotObject
	}
	w.text = w.merger.merge(w.text[:0], base, w.found[0], &w.fields, overwrite)
	w.splicer.Reset()
	if err := w.splicer.Set(at, w.text); err != nil {
		return false, err
	}
	return r.rendered(&w.splicer, base)
}

// wholeOf returns the place of the object that a valid record is.
func wholeOf(rec []byte) jsonscan.Value {
	v := jsonscan.Value{Kind: jsonscan.Object, End: int32(len(rec))}
	for rec[v.Start] != '{' {
		v.Start++
	}
	for rec[v.End-1] != '}' {
		v.End--
	}
	return v
}
