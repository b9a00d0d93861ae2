package expr

import (
	"time"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// timeCall compiles formatdate, unixtime and parsetime with a constant format.
func (c *compiler) timeCall(x *hclsyntax.FunctionCallExpr) node {
	var f func(r *Record, text []byte) val
	arg := x.Args[len(x.Args)-1]
	if x.Name == "unixtime" {
		f = func(_ *Record, text []byte) val {
			n, err := unixTime(string(text))
			if err != nil {
				return val{kind: kindFail}
			}
			return val{kind: kindNumber, n: n}
		}
	} else {
		text, ok := literalText(x.Args[0])
		if !ok {
			return c.cannot(x.Name + "() with a format that is not constant")
		}
		if f = c.timeFormat(x.Name, text); f == nil {
			return nil
		}
	}
	a := c.value(arg)
	if a == nil {
		return nil
	}
	return func(r *Record) val {
		v := r.toText(a(r))
		if v.kind != kindText {
			return v
		}
		return f(r, v.b)
	}
}

func (c *compiler) timeFormat(name, format string) func(r *Record, text []byte) val {
	if name == "parsetime" {
		l, err := newLayout(format)
		if err != nil {
			c.cannot("parsetime() with this layout")
			return nil
		}
		return func(r *Record, text []byte) val {
			t, err := l.parse(string(text))
			if err != nil {
				return val{kind: kindFail}
			}
			start := len(r.scratch)
			r.scratch = t.AppendFormat(r.scratch, time.RFC3339Nano)
			return r.text(start)
		}
	}
	d, err := newDateFormat(format)
	if err != nil {
		c.cannot("formatdate() with this format")
		return nil
	}
	return func(r *Record, text []byte) val {
		t, ahead, ok := parseStrictTime(text)
		if !ok {
			return val{kind: kindFail}
		}
		start := len(r.scratch)
		r.scratch = d.append(r.scratch, t, ahead)
		return r.text(start)
	}
}
