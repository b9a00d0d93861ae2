package expr

import "github.com/hashicorp/hcl/v2/hclsyntax"

// coalesce compiles coalesce. Values of several kinds become texts, if one of them is.
func (c *compiler) coalesce(x *hclsyntax.FunctionCallExpr) node {
	args := c.args(x)
	if args == nil {
		return c.cannot("coalesce() of this")
	}
	return func(r *Record) val {
		var first val
		var worst, common kind
		mixed, null, text, json := false, false, false, 0
		for _, a := range args {
			v := a(r)
			if v.failed() {
				worst = max(worst, v.kind)
				continue
			}
			if first.kind == kindNull {
				first = v
			}
			ty := v.valueType()
			switch {
			case ty == kindNull:
				null = true
			case common == kindNull:
				common = ty
			default:
				mixed = mixed || common != ty
			}
			text = text || ty == kindText
			if ty == kindJSON {
				json++
			}
		}
		switch {
		case worst != kindNull:
			return val{kind: worst}
		case first.kind == kindNull:
			return val{}
		case json > 1: // their types decide
			return val{kind: kindBail}
		case !mixed || null && (!text || json > 0):
			return first
		case text && json == 0:
			return r.toText(first)
		}
		return val{kind: kindFail}
	}
}

// convert compiles tostring, tonumber and tobool.
func (c *compiler) convert(x *hclsyntax.FunctionCallExpr) node {
	if len(x.Args) != 1 {
		return c.cannot("a call with other arguments")
	}
	a := c.value(x.Args[0])
	if a == nil {
		return nil
	}
	switch x.Name {
	case "tostring":
		return func(r *Record) val { return r.toText(a(r)) }
	case "tonumber":
		return func(r *Record) val { return toNumber(a(r)) }
	}
	return func(r *Record) val {
		v := a(r)
		switch v.kind {
		case kindText, kindNumber, kindJSON:
			switch triOfVal(v) {
			case triTrue:
				return boolVal(true)
			case triFalse:
				return boolVal(false)
			case triNull, triOrderNull, triFail, triOperand, triBail:
			}
			return val{kind: kindFail}
		case kindNull:
			return val{}
		case kindBool, kindOrderNull, kindFail, kindBail:
		}
		return v
	}
}

// number1 compiles abs, ceil and floor.
func (c *compiler) number1(x *hclsyntax.FunctionCallExpr) node {
	if len(x.Args) != 1 {
		return c.cannot("a call with other arguments")
	}
	a := c.value(x.Args[0])
	if a == nil {
		return nil
	}
	return func(r *Record) val {
		v := toNumber(a(r))
		if v.kind != kindNumber {
			return v
		}
		switch {
		case x.Name == "abs":
			if v.n.negative() {
				v.n = v.n.negated()
			}
		case v.n.e < 0:
			v.n = v.n.round(x.Name == "ceil")
		}
		return v
	}
}

// round returns the next whole number above or below a fraction, or zero, which then has no sign.
func (n number) round(up bool) number {
	whole, part := int64(0), n.m
	if n.e >= -18 {
		p := int64(pow10(int(-n.e)))
		whole, part = n.m/p, n.m%p
	}
	switch {
	case up && part > 0:
		whole++
	case !up && part < 0:
		whole--
	}
	return number{m: whole}
}

// extreme compiles min and max.
func (c *compiler) extreme(x *hclsyntax.FunctionCallExpr) node {
	args := c.args(x)
	if len(args) == 0 {
		return c.cannot(x.Name + "() of this")
	}
	want := 1
	if x.Name == "min" {
		want = -1
	}
	return func(r *Record) val {
		var best val
		var worst kind
		null, bad := false, false
		for _, a := range args {
			v := a(r)
			if v.failed() {
				worst = max(worst, v.kind)
				continue
			}
			v = toNumber(v)
			switch {
			case v.kind == kindBail:
				worst = kindBail
			case v.failed():
				bad = true
			case v.kind == kindNull:
				null = true
			case best.kind == kindNull || v.n.compare(best.n) == want:
				best = v
			}
		}
		switch {
		case worst != kindNull:
			return val{kind: worst}
		case null:
			return val{}
		case bad:
			return val{kind: kindFail}
		}
		return best
	}
}

// try compiles try: the first argument that has a value.
func (c *compiler) try(x *hclsyntax.FunctionCallExpr) node {
	args := c.args(x)
	if len(args) == 0 {
		return c.cannot("try() of this")
	}
	return func(r *Record) val {
		for _, a := range args {
			switch v := a(r); v.kind {
			case kindOrderNull, kindFail:
			case kindJSON:
				if mayHoldHuge(v.b) {
					return val{kind: kindBail}
				}
				return v
			case kindNull, kindBool, kindNumber, kindText, kindBail:
				return v
			}
		}
		return val{kind: kindFail}
	}
}
