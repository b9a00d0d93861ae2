package expr

import "github.com/hashicorp/hcl/v2/hclsyntax"

// call compiles a call that gives a value.
func (c *compiler) call(x *hclsyntax.FunctionCallExpr) node {
	if x.ExpandFinal {
		return c.cannot("a call with ...")
	}
	switch x.Name {
	case "lower", "upper", "trimspace", "sha256", "md5", "base64encode", "length":
		return c.call1(x, c.textCall1(x.Name))
	case "trim", "trimprefix", "trimsuffix":
		return c.trim(x)
	case "replace":
		return c.replace(x)
	case "substr":
		return c.substr(x)
	case "coalesce":
		return c.coalesce(x)
	case "tostring", "tonumber", "tobool":
		return c.convert(x)
	case "abs", "ceil", "floor":
		return c.number1(x)
	case "min", "max":
		return c.extreme(x)
	case "try":
		return c.try(x)
	case "formatdate", "unixtime", "parsetime":
		return c.timeCall(x)
	case "startswith", "endswith", "strcontains", "matches", "cidrcontains", "contains", "can":
		return valueOf(c.predicate(x))
	}
	return c.cannot(callName(x.Name))
}

// callName returns what a call is to people.
func callName(name string) string {
	if name == atFunction {
		return "an element of a list"
	}
	return name + "()"
}

// toText returns a value as an argument that is a text. Null stays null, but without a type: a function's null has none.
func (r *Record) toText(v val) val {
	switch v.kind {
	case kindBool, kindNumber:
		start := len(r.scratch)
		r.scratch = v.appendText(r.scratch)
		return val{kind: kindText, b: r.scratch[start:len(r.scratch):len(r.scratch)]}
	case kindJSON:
		return val{kind: kindFail}
	case kindNull:
		return val{}
	case kindText, kindOrderNull, kindFail, kindBail:
	}
	return v
}

// args compiles the arguments of a call.
func (c *compiler) args(x *hclsyntax.FunctionCallExpr) []node {
	nodes := make([]node, len(x.Args))
	for i, a := range x.Args {
		if nodes[i] = c.value(a); nodes[i] == nil {
			return nil
		}
	}
	return nodes
}
