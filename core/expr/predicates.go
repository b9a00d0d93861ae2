package expr

import (
	"bytes"
	"net/netip"
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/skidway/skidway/core/expr/jsonscan"
)

// predicate compiles a call that decides; nil with no reason given: it is another call.
func (c *compiler) predicate(x *hclsyntax.FunctionCallExpr) cond {
	if x.ExpandFinal {
		return nil
	}
	switch x.Name {
	case "startswith", "endswith", "strcontains":
		return c.textPair(x)
	case "matches":
		return c.matches(x)
	case "cidrcontains":
		return c.cidrContains(x)
	case "contains":
		return c.contains(x)
	case "can":
		return c.can(x)
	}
	return nil
}

// textTest compiles a test of one text, with another that is constant. Of null it is false.
func (c *compiler) textTest(e hclsyntax.Expression, test func(text []byte) tri) cond {
	a := c.value(e)
	if a == nil {
		return nil
	}
	slot, field := c.slot(e)
	return func(r *Record) tri {
		if field {
			if p := r.place(slot); p.Kind == jsonscan.String && r.state == isObject {
				return test(r.slotText(slot, p))
			}
		}
		v := a(r)
		if v.kind != kindText {
			if v = r.toText(v); v.kind != kindText {
				if v.kind == kindNull {
					return triFalse
				}
				return faultTri(v, v)
			}
		}
		return test(v.b)
	}
}

// textPair compiles startswith, endswith and strcontains.
func (c *compiler) textPair(x *hclsyntax.FunctionCallExpr) cond {
	test := pairTest(x.Name)
	if text, ok := literalText(x.Args[1]); ok {
		part := []byte(text)
		if x.Name == "startswith" {
			// The commonest of them, without another indirect call.
			return c.textTest(x.Args[0], func(text []byte) tri { return triOf(bytes.HasPrefix(text, part)) })
		}
		return c.textTest(x.Args[0], func(text []byte) tri { return triOf(test(text, part)) })
	}
	a, b := c.value(x.Args[0]), c.value(x.Args[1])
	if a == nil || b == nil {
		return nil
	}
	return func(r *Record) tri {
		v := r.toText(a(r))
		w := r.toText(b(r))
		switch {
		case v.failed() || w.failed():
			return faultTri(v, w)
		case v.kind == kindNull || w.kind == kindNull:
			return triFalse
		}
		return triOf(test(v.b, w.b))
	}
}

func pairTest(name string) func(text, part []byte) bool {
	switch name {
	case "startswith":
		return bytes.HasPrefix
	case "endswith":
		return bytes.HasSuffix
	}
	return bytes.Contains
}

func (c *compiler) matches(x *hclsyntax.FunctionCallExpr) cond {
	text, ok := literalText(x.Args[0])
	if !ok {
		c.cannot("matches() with a pattern that is not constant")
		return nil
	}
	p, err := newPattern(text)
	if err != nil {
		c.cannot("matches() with this pattern")
		return nil
	}
	return c.textTest(x.Args[1], func(text []byte) tri { return triOf(p.match(text)) })
}

func (c *compiler) cidrContains(x *hclsyntax.FunctionCallExpr) cond {
	text, ok := literalText(x.Args[0])
	if !ok {
		c.cannot("cidrcontains() with a network that is not constant")
		return nil
	}
	network, err := parseNetwork(text)
	if err != nil {
		c.cannot("cidrcontains() with this network")
		return nil
	}
	return c.textTest(x.Args[1], func(text []byte) tri { return networkTest(network, text) })
}

func networkTest(network netip.Prefix, address []byte) tri {
	in, err := inNetwork(network, string(address))
	if err != nil {
		return triFail
	}
	return triOf(in)
}

// contains compiles contains with a constant list of texts, numbers, bools and nulls.
func (c *compiler) contains(x *hclsyntax.FunctionCallExpr) cond {
	list, ok := literal(x.Args[0])
	if !ok {
		c.cannot("contains() with a list that is not constant")
		return nil
	}
	wanted, ok := constantVals(list)
	if !ok {
		c.cannot("contains() with this list")
		return nil
	}
	texts := map[string]bool{}
	var few [][]byte
	for _, w := range wanted {
		if w.kind == kindText {
			texts[string(w.b)] = true
			few = append(few, w.b)
		}
	}
	const scanned = 8 // so many are found sooner one by one than with a map
	a := c.value(x.Args[1])
	if a == nil {
		return nil
	}
	return func(r *Record) tri {
		v := a(r)
		switch {
		case v.failed():
			return faultTri(v, v)
		case v.kind == kindText:
			if len(few) > scanned {
				return triOf(texts[string(v.b)])
			}
			return triOf(slices.ContainsFunc(few, func(t []byte) bool { return bytes.Equal(t, v.b) }))
		}
		for _, w := range wanted {
			if w.kind == v.kind && (w.kind == kindNull || w.n.compare(v.n) == 0) {
				return triTrue
			}
		}
		return triFalse
	}
}

// constantVals returns the elements of a constant list.
func constantVals(list cty.Value) ([]val, bool) {
	ty := list.Type()
	if !list.IsWhollyKnown() || list.IsNull() || !ty.IsTupleType() && !ty.IsListType() && !ty.IsSetType() {
		return nil, false
	}
	vals := []val{}
	for _, e := range list.AsValueSlice() {
		v, ok := constantVal(e)
		if !ok {
			return nil, false
		}
		vals = append(vals, v)
	}
	return vals, true
}

// can compiles can: whether its argument has a value.
func (c *compiler) can(x *hclsyntax.FunctionCallExpr) cond {
	a := c.value(x.Args[0])
	if a == nil {
		return nil
	}
	return func(r *Record) tri {
		switch v := a(r); v.kind {
		case kindOrderNull, kindFail:
			return triFalse
		case kindBail:
			return triBail
		case kindJSON:
			if mayHoldHuge(v.b) {
				return triBail
			}
		case kindNull, kindBool, kindNumber, kindText:
		}
		return triTrue
	}
}
