package expr

import (
	"bytes"
	"crypto/md5" //nolint:gosec // a function of the language, not a protection
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/skidway/skidway/core/expr/jsonscan"
)

// call1 compiles a call with one text.
func (c *compiler) call1(x *hclsyntax.FunctionCallExpr, f func(r *Record, text []byte) val) node {
	if len(x.Args) != 1 {
		return c.cannot("a call with other arguments")
	}
	a := c.value(x.Args[0])
	if a == nil {
		return nil
	}
	if x.Name == "length" {
		return func(r *Record) val {
			v := a(r)
			switch v.kind {
			case kindText:
				return f(r, v.b)
			case kindJSON:
				return val{kind: kindBail}
			case kindBool, kindNumber:
				return val{kind: kindFail}
			case kindNull:
				return val{}
			case kindOrderNull, kindFail, kindBail:
			}
			return v
		}
	}
	slot, field := c.slot(x.Args[0])
	return func(r *Record) val {
		if field {
			// A field's text, without another indirect call.
			if p := r.place(slot); p.Kind == jsonscan.String && r.state == isObject {
				return f(r, r.slotText(slot, p))
			}
		}
		v := r.toText(a(r))
		if v.kind != kindText {
			return v
		}
		return f(r, v.b)
	}
}

func (c *compiler) textCall1(name string) func(r *Record, text []byte) val {
	switch name {
	case "lower":
		return func(r *Record, text []byte) val { return r.mapCase(text, 'A', bytes.ToLower) }
	case "upper":
		return func(r *Record, text []byte) val { return r.mapCase(text, 'a', bytes.ToUpper) }
	case "trimspace":
		return func(_ *Record, text []byte) val { return textVal(bytes.TrimSpace(text)) }
	case "sha256":
		return func(r *Record, text []byte) val {
			sum := sha256.Sum256(text)
			return r.hex(sum[:])
		}
	case "md5":
		return func(r *Record, text []byte) val {
			sum := md5.Sum(text) //nolint:gosec // a function of the language, not a protection
			return r.hex(sum[:])
		}
	case "base64encode":
		return func(r *Record, text []byte) val {
			start := len(r.scratch)
			r.scratch = base64.StdEncoding.AppendEncode(r.scratch, text)
			return r.text(start)
		}
	}
	// length: characters of ASCII are bytes, but for CR LF, which counts as one. Other texts cost allocations.
	return func(_ *Record, text []byte) val {
		if bytes.IndexByte(text, '\r') < 0 && isASCII(text) {
			return intVal(int64(len(text)))
		}
		n, err := stdlib.Strlen(cty.StringVal(string(text)))
		if err != nil {
			return val{kind: kindFail}
		}
		count, _ := n.AsBigFloat().Int64()
		return intVal(count)
	}
}

// textVal returns a part of a text, which may need normalizing where it was cut.
func textVal(b []byte) val { return val{kind: kindText, b: normalized(b)} }

func (r *Record) hex(b []byte) val {
	start := len(r.scratch)
	r.scratch = hex.AppendEncode(r.scratch, b)
	return r.text(start)
}

// mapCase returns text in the other case. from is the first letter to change.
func (r *Record) mapCase(text []byte, from byte, other func([]byte) []byte) val {
	i := 0
	for i < len(text) && text[i] < 0x80 && text[i]-from >= 26 {
		i++
	}
	if i == len(text) {
		return val{kind: kindText, b: text}
	}
	start := len(r.scratch)
	r.scratch = append(r.scratch, text...)
	out := r.scratch[start:len(r.scratch):len(r.scratch)]
	for ; i < len(out); i++ {
		switch c := out[i]; {
		case c >= 0x80:
			r.scratch = append(r.scratch[:start], other(text)...)
			return r.text(start)
		case c-from < 26:
			out[i] = c ^ 0x20
		}
	}
	return val{kind: kindText, b: out}
}

// trim compiles trim, trimprefix and trimsuffix with a constant second argument.
func (c *compiler) trim(x *hclsyntax.FunctionCallExpr) node {
	if len(x.Args) != 2 {
		return c.cannot("a call with other arguments")
	}
	text, ok := literalText(x.Args[1])
	if !ok {
		return c.cannot(x.Name + "() with a text that is not constant")
	}
	a, cut := c.value(x.Args[0]), []byte(text)
	if a == nil {
		return nil
	}
	return func(r *Record) val {
		v := r.toText(a(r))
		if v.kind != kindText {
			return v
		}
		switch x.Name {
		case "trimprefix":
			return textVal(bytes.TrimPrefix(v.b, cut))
		case "trimsuffix":
			return textVal(bytes.TrimSuffix(v.b, cut))
		}
		return textVal(bytes.Trim(v.b, text))
	}
}

func (c *compiler) replace(x *hclsyntax.FunctionCallExpr) node {
	if len(x.Args) != 3 {
		return c.cannot("a call with other arguments")
	}
	search, ok1 := literalText(x.Args[1])
	replacement, ok2 := literalText(x.Args[2])
	if !ok1 || !ok2 {
		return c.cannot("replace() with texts that are not constant")
	}
	rep, err := newReplacer(search, replacement)
	a := c.value(x.Args[0])
	if a == nil || err != nil {
		return nil
	}
	return func(r *Record) val {
		v := r.toText(a(r))
		if v.kind != kindText {
			return v
		}
		start := len(r.scratch)
		var err error
		if r.scratch, err = rep.append(r.scratch, v.b); err != nil {
			return val{kind: kindFail}
		}
		return r.text(start)
	}
}

// substr compiles substr with constant numbers. Only in ASCII are characters bytes; other texts cost allocations.
func (c *compiler) substr(x *hclsyntax.FunctionCallExpr) node {
	if len(x.Args) != 3 {
		return c.cannot("a call with other arguments")
	}
	offset, ok1 := literalInt(x.Args[1])
	length, ok2 := literalInt(x.Args[2])
	if !ok1 || !ok2 || offset < 0 {
		return c.cannot("substr() with numbers that are not constant, or an offset below 0")
	}
	a := c.value(x.Args[0])
	if a == nil {
		return nil
	}
	return func(r *Record) val {
		v := r.toText(a(r))
		if v.kind != kindText {
			return v
		}
		// What stands after the cuts matters only where it could belong to the character before one.
		known := v.b[:min(len(v.b), max(offset, offset+length)+1)]
		if bytes.IndexByte(known, '\r') >= 0 || !isASCII(known) {
			part, err := stdlib.Substr(cty.StringVal(string(v.b)), cty.NumberIntVal(int64(offset)), cty.NumberIntVal(int64(length)))
			if err != nil {
				return val{kind: kindFail}
			}
			return val{kind: kindText, b: []byte(part.AsString())}
		}
		b := v.b[min(offset, len(v.b)):]
		if length >= 0 {
			b = b[:min(length, len(b))]
		}
		return val{kind: kindText, b: b}
	}
}

func literalInt(e hclsyntax.Expression) (int, bool) {
	v, ok := literal(e)
	if !ok {
		return 0, false
	}
	k, ok := constantVal(v)
	if !ok || k.kind != kindNumber || k.n.e != 0 || k.n.m > 1<<30 || k.n.m < -1<<30 {
		return 0, false
	}
	return int(k.n.m), true
}
