package expr

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// pathPiece is a part of a value that is appended as a path.
type pathPiece interface {
	appendPath(dst []byte, r *Record) (out []byte, null bool, err error)
}

// AppendPath appends the value for a record as a path of files and returns the longer slice. What the configuration
// says literally, in the text of a template or with values of the load phase, stays, but for "%", which becomes "%25";
// only there does "/" make folders. Each value of the record is one piece of a name: its bytes outside printable ASCII,
// "%", "/" and "\" become %XX; one that is "." or ".." has its first dot escaped, and an empty one is "%_", so that
// different values always give different names. null when any of them is null. On an error or null nothing is
// appended; Err says the error in words. r must be of the value's unit.
func (v *Value) AppendPath(dst []byte, r *Record) (out []byte, null bool, err error) {
	out, null, err = v.path.appendPath(dst, r)
	if null || err != nil {
		return dst, null, err
	}
	return out, false, nil
}

// literalPiece is text of the configuration.
type literalPiece []byte

func (p literalPiece) appendPath(dst []byte, _ *Record) (out []byte, null bool, err error) {
	return append(dst, p...), false, nil
}

// nullPiece is a constant null.
type nullPiece struct{}

func (nullPiece) appendPath(dst []byte, _ *Record) (out []byte, null bool, err error) {
	return dst, true, nil
}

// joinedPieces are a template.
type joinedPieces []pathPiece

func (p joinedPieces) appendPath(dst []byte, r *Record) (out []byte, null bool, err error) {
	out = dst
	for _, piece := range p {
		if out, null, err = piece.appendPath(out, r); null || err != nil {
			return dst, null, err
		}
	}
	return out, false, nil
}

// chosenPiece is a condition between two.
type chosenPiece struct {
	when    *Predicate
	yes, no pathPiece
}

func (p chosenPiece) appendPath(dst []byte, r *Record) (out []byte, null bool, err error) {
	switch p.when.Eval(r) {
	case Match:
		return p.yes.appendPath(dst, r)
	case NoMatch:
		return p.no.appendPath(dst, r)
	case Null, Failed:
	}
	return dst, false, errFailed
}

// valuePiece is a value of a record.
type valuePiece struct{ value *Value }

func (p valuePiece) appendPath(dst []byte, r *Record) (out []byte, null bool, err error) {
	r.piece, null, err = p.value.AppendText(r.piece[:0], r)
	if null || err != nil {
		return dst, null, err
	}
	return appendEscaped(dst, r.piece), false, nil
}

// pathPiece returns the pieces that a rewritten expression is made of.
func (u *Unit) pathPiece(p *program, e hclsyntax.Expression) pathPiece {
	if v, ok := literal(e); ok {
		if v.IsKnown() && v.IsNull() {
			return nullPiece{}
		}
		if x, ok := constantVal(v); ok {
			return literalPiece(escapePercent(x.appendText(nil)))
		}
	}
	sub := *p
	sub.expr = e
	switch x := e.(type) {
	case *hclsyntax.TemplateExpr:
		pieces := make(joinedPieces, len(x.Parts))
		for i, part := range x.Parts {
			pieces[i] = u.pathPiece(p, part)
		}
		return pieces
	case *hclsyntax.ConditionalExpr:
		sub.expr = x.Condition
		when := &Predicate{program: sub}
		when.cond, when.reason = u.nativeCond(&sub)
		return chosenPiece{when: when, yes: u.pathPiece(p, x.TrueResult), no: u.pathPiece(p, x.FalseResult)}
	}
	v := &Value{program: sub}
	v.native, v.reason = u.nativeValue(&sub)
	return valuePiece{v}
}

func escapePercent(text []byte) []byte {
	var out []byte
	for _, c := range text {
		if c == '%' {
			out = append(out, "%25"...)
		} else {
			out = append(out, c)
		}
	}
	return out
}

// appendEscaped appends a value as a piece of a file's name.
func appendEscaped(dst, text []byte) []byte {
	switch string(text) {
	case "":
		return append(dst, "%_"...)
	case ".":
		return append(dst, "%2E"...)
	case "..":
		return append(dst, "%2E."...)
	}
	const hex = "0123456789ABCDEF"
	for _, c := range text {
		if c <= ' '-1 || c > '~' || c == '%' || c == '/' || c == '\\' {
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		} else {
			dst = append(dst, c)
		}
	}
	return dst
}
