package expr

import "errors"

// Outcome is what a predicate says about a record.
type Outcome uint8

// The outcomes. Only Match is a match.
const (
	// NoMatch: the expression is false.
	NoMatch Outcome = iota
	// Match: the expression is true.
	Match
	// Null: the expression is null, or the order of null and something, or the logic of null, decides it. No match,
	// and no error.
	Null
	// Failed: the expression has an error for this record. No match.
	Failed
)

// String returns the outcome's name.
func (o Outcome) String() string {
	switch o {
	case NoMatch:
		return "no match"
	case Match:
		return "match"
	case Null:
		return "null"
	case Failed:
		return "failed"
	}
	return "unknown"
}

// Predicate is a compiled expression that decides about records. It is immutable and safe for concurrent use.
type Predicate struct {
	program

	cond   cond // nil: slow
	unless guess
}

// Eval decides about a record. It allocates nothing when the predicate is compiled, but for the rare values that only
// hcl's evaluator computes exactly. r must be of the predicate's unit.
func (p *Predicate) Eval(r *Record) Outcome {
	if p.unless.hints != nil && r.lacks(p.unless.hints) {
		return triOf(p.unless.holds).outcome()
	}
	if p.cond != nil {
		r.begin()
		if t := p.cond(r); t != triBail {
			return t.outcome()
		}
	}
	return p.evalSlow(r)
}

// Err evaluates again and says in words what is wrong, with the place; nil when nothing is. It is slow.
func (p *Predicate) Err(r *Record) error {
	v, fault := p.evaluate(r)
	if fault == nil {
		_, fault = p.decide(v)
	}
	if fault == nil || fault.null {
		return nil
	}
	return fault
}

// errNotCompiled is a programming error: a record of another unit.
var errNotCompiled = errors.New("evaluate expression: the record belongs to another unit")

// outcome returns what the logic of a whole predicate means.
func (t tri) outcome() Outcome {
	switch t {
	case triFalse:
		return NoMatch
	case triTrue:
		return Match
	case triNull, triOrderNull:
		return Null
	case triFail, triOperand, triBail:
	}
	return Failed
}
