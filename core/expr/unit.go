package expr

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/skidway/skidway/core/expr/jsonscan"
)

// Options says how a Unit compiles. The zero value allows everything and knows no sources.
type Options struct {
	// Source returns the bytes of a configuration file, for the text that names an expression in metrics and
	// messages; nil when it is unknown. It is called while compiling only.
	Source func(filename string) []byte
	// NoNow refuses now(): for values that must be the same whenever they are computed.
	NoNow bool
	// AlwaysSlow compiles nothing: every evaluation runs through hcl's evaluator. It is for comparing the two.
	AlwaysSlow bool
}

// Unit collects the expressions that look at the same records: they share one scan of each. A Unit is filled first, by
// one goroutine, and makes Records then.
type Unit struct {
	load *hcl.EvalContext
	opts Options

	inputs map[string]input // by the name that a rewritten expression uses
	paths  [][]string       // of record inputs; input.slot is the place
	plan   *jsonscan.Plan   // nil while expressions are added
	inside []bool           // by slot: another path goes on from this one, or is the whole record

	operations map[operator]*hclsyntax.Operation // made for rewritten expressions
	funcs      map[string]function.Function
}

// input is something of a record that expressions use.
type input struct {
	kind inputKind
	slot int       // inputPath
	meta metaField // inputMeta
}

type inputKind uint8

const (
	inputPath inputKind = iota
	inputMeta
	inputAllMeta
	inputRaw
)

// NewUnit returns a Unit without expressions. load holds the variables (var, local) and functions of the load phase; a
// part of an expression that uses nothing of a record is computed with it once, while compiling. A nil load has none.
func NewUnit(load *hcl.EvalContext, opts Options) *Unit {
	if load == nil {
		load = &hcl.EvalContext{}
	}
	return &Unit{load: load, opts: opts, inputs: map[string]input{}, funcs: Functions()}
}

// Predicate compiles an expression that decides about records, a when. It is nil when the diagnostics hold an error; a
// warning says that the expression is slow.
func (u *Unit) Predicate(e hcl.Expression) (*Predicate, hcl.Diagnostics) {
	p, diags := u.compile(e, true)
	if diags.HasErrors() {
		return nil, diags
	}
	pred := &Predicate{program: *p}
	pred.cond, pred.reason = u.nativeCond(p)
	if g, ok := pred.guess(); ok {
		pred.unless = g
	}
	return pred, append(diags, pred.note()...)
}

// Value compiles an expression that computes something from records. It is nil when the diagnostics hold an error; a
// warning says that the expression is slow.
func (u *Unit) Value(e hcl.Expression) (*Value, hcl.Diagnostics) {
	p, diags := u.compile(e, false)
	if diags.HasErrors() {
		return nil, diags
	}
	v := &Value{program: *p}
	v.native, v.reason = u.nativeValue(p)
	v.precompute()
	v.path = u.pathPiece(p, p.expr)
	return v, append(diags, v.note()...)
}

// Record returns a Record for this unit's expressions. The first call closes the unit: no expression can be added after
// it.
func (u *Unit) Record() *Record {
	u.close()
	return newRecord(u)
}

// close makes the plan of all paths.
func (u *Unit) close() {
	if u.plan != nil {
		return
	}
	u.plan = jsonscan.NewPlan(u.paths)
	u.inside = make([]bool, len(u.paths))
	for i, path := range u.paths {
		u.inside[i] = slices.ContainsFunc(u.paths, func(p []string) bool {
			return len(p) == 0 || len(p) > len(path) && slices.Equal(p[:len(path)], path)
		})
	}
}

// inputName returns the name by which rewritten expressions use an input, which is made when it is new.
func (u *Unit) inputName(in input, path []string) string {
	var name string
	switch in.kind {
	case inputPath:
		var b strings.Builder
		b.WriteString("record")
		for _, step := range path {
			b.WriteString("\x00" + strconv.Itoa(len(step)) + "\x00" + step)
		}
		name = b.String()
	case inputMeta:
		name = "meta\x00" + strconv.Itoa(int(in.meta))
	case inputAllMeta:
		name = "meta"
	case inputRaw:
		name = "raw"
	}
	if _, ok := u.inputs[name]; ok {
		return name
	}
	if in.kind == inputPath {
		in.slot = len(u.paths)
		u.paths = append(u.paths, path)
	}
	u.inputs[name] = in
	return name
}

// program is an expression, ready to run through hcl's evaluator.
type program struct {
	unit   *Unit
	expr   hclsyntax.Expression // rewritten: names of inputs, folded constants
	inputs []string             // that expr uses
	funcs  map[string]function.Function
	at     hcl.Range
	source string
	secret bool // a constant in it must not be shown
	reason string
}

// Range returns where the expression stands.
func (p *program) Range() hcl.Range { return p.at }

// Source returns the expression as it stands in the file, white space collapsed, at most 200 bytes; its place when the
// file's bytes are unknown.
func (p *program) Source() string { return p.source }

// Slow reports whether every evaluation runs through hcl's evaluator, some forty times slower than a compiled
// expression, and why: for example "a list".
func (p *program) Slow() (slow bool, reason string) { return p.reason != "", p.reason }

// Constant reports whether the expression uses nothing of a record.
func (p *program) Constant() bool {
	_, ok := p.expr.(*hclsyntax.LiteralValueExpr)
	return ok
}

// constant returns the value of a constant expression.
func (p *program) constant() (cty.Value, bool) {
	if l, ok := p.expr.(*hclsyntax.LiteralValueExpr); ok {
		return l.Val, true
	}
	return cty.NilVal, false
}

// note returns the warning about a slow expression.
func (p *program) note() hcl.Diagnostics {
	if p.reason == "" || p.unit.opts.AlwaysSlow {
		return nil
	}
	return hcl.Diagnostics{{
		Severity: hcl.DiagWarning,
		Summary:  "Slow expression: " + p.reason + " can't be compiled.",
		Detail:   "It is computed by the general evaluator, which takes some forty times longer; that matters at high rates only.",
		Subject:  p.at.Ptr(),
	}}
}

// maxSource bounds the text that names an expression.
const maxSource = 200

// sourceOf returns the text that names the expression at a place.
func (u *Unit) sourceOf(at hcl.Range) string {
	if u.opts.Source != nil {
		src := u.opts.Source(at.Filename)
		if at.Start.Byte >= 0 && at.Start.Byte < at.End.Byte && at.End.Byte <= len(src) {
			text := strings.Join(strings.Fields(strings.ToValidUTF8(string(at.SliceBytes(src)), "\uFFFD")), " ")
			if len(text) > maxSource {
				text = strings.ToValidUTF8(text[:maxSource-len("…")], "") + "…"
			}
			return text
		}
	}
	return at.Filename + ":" + strconv.Itoa(at.Start.Line)
}
