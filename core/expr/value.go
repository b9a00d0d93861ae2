package expr

import (
	"errors"

	"github.com/skidway/skidway/core/expr/jsonscan"
)

// Value is a compiled expression that computes something from records. It is immutable and safe for concurrent use.
type Value struct {
	program

	native node // nil: slow, unless json is there
	path   pathPiece

	field bool // it is the field of a slot
	slot  int

	json struct {
		text []byte
		at   jsonscan.Value // in text; Missing: the value is no constant, or null
	}
}

// Field is one field that a set writes.
type Field struct {
	// Name is the field's key, literal: a dot in it is a dot.
	Name string
	// Value is what it gets.
	Value *Value
}

// errFailed is what a compiled evaluation gives; Err says it in words.
var errFailed = errors.New("the expression has an error for this record")

// AppendJSON appends the value for a record as JSON and returns the longer slice and the value's kind: jsonscan.Null,
// with nothing appended, for null. A value that is a field of the record keeps its bytes; objects that are computed
// have their keys sorted. On an error nothing is appended; Err says it in words. r must be of the value's unit.
func (v *Value) AppendJSON(dst []byte, r *Record) (out []byte, k jsonscan.Kind, err error) {
	var at jsonscan.Value
	out, err = v.AppendPlaced(dst, r, &at)
	return out, at.Kind, err
}

// AppendPlaced is AppendJSON, and tells the value's place in the longer slice. On an error that is Missing.
func (v *Value) AppendPlaced(dst []byte, r *Record, at *jsonscan.Value) (out []byte, err error) {
	*at = v.json.at
	switch {
	case at.Kind != jsonscan.Missing:
		out = append(dst, v.json.text...)
	case v.field && r.Object():
		*at = r.found[v.slot]
		at.Repeated = false
		if at.Kind <= jsonscan.Null {
			*at = jsonscan.Value{Kind: jsonscan.Null}
			return dst, nil
		}
		out = append(dst, at.Bytes(r.data)...)
	default:
		if out, err = v.compute(dst, r, at); err != nil || at.Kind == jsonscan.Null {
			return dst, err
		}
	}
	at.Start, at.End = int32(len(dst)), int32(len(out))
	return out, nil
}

// compute is AppendPlaced without the place's bounds.
func (v *Value) compute(dst []byte, r *Record, at *jsonscan.Value) (out []byte, err error) {
	if v.field && len(v.unit.paths[v.slot]) == 0 {
		r.begin()
		at.Kind = jsonscan.Object
		return append(dst, r.pathVal(v.slot).b...), nil
	}
	if v.native != nil {
		r.begin()
		x := v.native(r)
		switch x.kind {
		case kindNull:
			at.Kind = jsonscan.Null
			return dst, nil
		case kindBool:
			at.Kind = jsonscan.False
			if x.n.m != 0 {
				at.Kind = jsonscan.True
			}
			return x.appendText(dst), nil
		case kindNumber:
			at.Kind = jsonscan.Number
			return x.n.append(dst), nil
		case kindText:
			out = jsonscan.AppendQuoted(dst, x.b)
			at.Kind, at.NonASCII = jsonscan.String, !isASCII(x.b)
			at.Escaped = len(out)-len(dst) > len(x.b)+len(`""`)
			return out, nil
		case kindFail, kindOrderNull:
			return dst, errFailed
		case kindJSON, kindBail: // hcl's evaluator knows what becomes of its elements
		}
	}
	x, fault := v.evaluate(r)
	if fault != nil {
		return dst, errFailed
	}
	if out, at.Kind, err = appendCtyJSON(dst, x); at.Kind == jsonscan.String {
		*at = jsonscan.At(out, len(dst), len(out))
	}
	return out, err
}

// AppendText appends the value for a record as tostring would make it, and returns the longer slice. A null value
// appends nothing; a list or an object is an error. On an error nothing is appended; Err says it in words. r must be of
// the value's unit.
func (v *Value) AppendText(dst []byte, r *Record) (out []byte, null bool, err error) {
	if v.native != nil {
		r.begin()
		switch x := v.native(r); x.kind {
		case kindNull:
			return dst, true, nil
		case kindBool, kindNumber, kindText:
			return x.appendText(dst), false, nil
		case kindJSON, kindFail, kindOrderNull:
			return dst, false, errFailed
		case kindBail:
		}
	}
	if v.json.at.Kind >= jsonscan.Array {
		return dst, false, errFailed
	}
	x, fault := v.evaluate(r)
	if fault == nil {
		x, fault = v.toText(x)
	}
	switch {
	case fault != nil:
		return dst, false, errFailed
	case x.IsNull():
		return dst, true, nil
	}
	return append(dst, x.AsString()...), false, nil
}

// Err evaluates again and says in words what is wrong, with the place; nil when nothing is. It is slow.
func (v *Value) Err(r *Record) error {
	if _, fault := v.evaluate(r); fault != nil {
		return fault
	}
	return nil
}

// precompute makes the JSON of a constant, and looks whether the value is a field.
func (v *Value) precompute() {
	v.slot, v.field = v.unit.slotOf(v.expr)
	c, ok := v.constant()
	if !ok || v.unit.opts.AlwaysSlow || !c.IsWhollyKnown() || c.ContainsMarked() {
		return
	}
	if text, k, err := appendCtyJSON(nil, c); err == nil && k != jsonscan.Null {
		v.json.text, v.json.at, v.reason = text, jsonscan.At(text, 0, len(text)), ""
	}
}

// begin makes room for an evaluation.
func (r *Record) begin() {
	if cap(r.scratch) > maxIdleBuffer {
		r.scratch = nil
	}
	r.scratch = r.scratch[:0]
}
