package expr

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/skidway/skidway/core/expr/jsonscan"
)

// maxIdleBuffer bounds the buffers that a Record keeps from one record to the next.
const maxIdleBuffer = 1 << 20

// Record is one record as the expressions of a Unit see it. It is reused from record to record by one goroutine, and
// keeps the buffers that it needed, but none of more than 1 MiB.
type Record struct {
	unit *Unit
	data []byte
	meta *Meta

	state           scanState
	hinted          bool             // hints were looked for
	credit, disdain int              // of hints: see judgeHints
	found           []jsonscan.Value // by slot

	generation uint64     // of data
	texts      []heldText // by slot, of those whose text differs from their bytes
	line       heldText   // the whole record's text
	kept       []byte     // what heldTexts hold
	scratch    []byte     // what one evaluation makes
	piece      []byte     // of a path

	puts []put // of one Put

	scope   *hcl.EvalContext // for hcl's evaluator; nil before the first use
	slow    uint64
	missing Meta
}

type scanState uint8

const (
	notScanned scanState = iota
	isObject
	isLine
)

// heldText is a decoded text of the record of a generation.
type heldText struct {
	generation uint64
	text       []byte
}

func newRecord(u *Unit) *Record {
	r := &Record{unit: u, found: make([]jsonscan.Value, len(u.paths)), texts: make([]heldText, len(u.paths))}
	r.Reset(nil, nil)
	return r
}

// Reset makes r show another record. Nothing is scanned before an expression asks. data and m are kept, not copied:
// they must stay as they are until the next Reset or Replace. A nil m shows an empty Meta.
func (r *Record) Reset(data []byte, m *Meta) {
	if m == nil {
		m = &r.missing
	}
	r.meta = m
	r.Replace(data)
}

// Replace makes r show other bytes with the same meta, as after a transform. data is kept, not copied.
func (r *Record) Replace(data []byte) {
	r.judgeHints()
	r.data = data
	r.state = notScanned
	r.generation++
	if cap(r.kept) > maxIdleBuffer {
		r.kept, r.line = nil, heldText{}
		clear(r.texts)
	}
	r.kept = r.kept[:0]
}

// Data returns the record's bytes, as Reset or Replace got them.
func (r *Record) Data() []byte { return r.data }

// Object reports whether the record is a JSON object. Any other record is seen as {message = line}.
func (r *Record) Object() bool {
	if r.state == notScanned {
		r.scan()
	}
	return r.state == isObject
}

// SlowCount returns how many evaluations with this Record ran through hcl's evaluator since it was made.
func (r *Record) SlowCount() uint64 { return r.slow }

func (r *Record) scan() {
	r.state = isLine
	if r.unit.plan.Scan(r.data, r.found) {
		r.state = isObject
	}
}

// place returns where the value of a slot lies. It is missing when the record is a line.
func (r *Record) place(slot int) jsonscan.Value {
	if r.state == notScanned {
		r.scan()
	}
	return r.found[slot]
}

// isMessage reports whether a path is that of a line's text.
func isMessage(path []string) bool { return len(path) == 1 && path[0] == "message" }

// pathVal returns the value of a slot.
func (r *Record) pathVal(slot int) val {
	p := r.place(slot)
	if r.state == isLine {
		path := r.unit.paths[slot]
		switch {
		case isMessage(path):
			return val{kind: kindText, b: r.lineText()}
		case len(path) == 0:
			start := len(r.scratch)
			r.scratch = append(r.scratch, `{"message":`...)
			r.scratch = jsonscan.AppendQuoted(r.scratch, r.lineText())
			r.scratch = append(r.scratch, '}')
			return val{kind: kindJSON, b: r.scratch[start:]}
		}
		return val{}
	}
	switch p.Kind {
	case jsonscan.Missing, jsonscan.Null:
	case jsonscan.False:
		return boolVal(false)
	case jsonscan.True:
		return boolVal(true)
	case jsonscan.Number:
		if m, ok := smallInt(p.Bytes(r.data)); ok {
			return val{kind: kindNumber, n: number{m: m}}
		}
		if n, ok := parseNumber(p.Bytes(r.data)); ok {
			return val{kind: kindNumber, n: n}
		}
		return val{kind: kindBail}
	case jsonscan.String:
		return val{kind: kindText, b: r.slotText(slot, p)}
	case jsonscan.Array, jsonscan.Object:
		return val{kind: kindJSON, b: p.Bytes(r.data)}
	}
	return val{}
}

// slotText returns the text of a string.
func (r *Record) slotText(slot int, p jsonscan.Value) []byte {
	if !p.Escaped && !p.NonASCII {
		return r.data[p.Start+1 : p.End-1]
	}
	t := &r.texts[slot]
	if t.generation != r.generation {
		start := len(r.kept)
		r.kept = jsonscan.AppendText(r.kept, r.data, p)
		r.kept = normalizeFrom(r.kept, start)
		*t = heldText{r.generation, r.kept[start:len(r.kept):len(r.kept)]}
	}
	return t.text
}

// lineText returns the whole record as text: what is not UTF-8 becomes U+FFFD.
func (r *Record) lineText() []byte {
	if r.line.generation != r.generation {
		text := r.data
		if !isASCII(text) {
			start := len(r.kept)
			r.kept = appendValid(r.kept, text)
			r.kept = normalizeFrom(r.kept, start)
			text = r.kept[start:len(r.kept):len(r.kept)]
		}
		r.line = heldText{r.generation, text}
	}
	return r.line.text
}

// variable returns an input as hcl's evaluator sees it.
func (r *Record) variable(in input) cty.Value {
	switch in.kind {
	case inputPath:
		p := r.place(in.slot)
		if r.state == isObject {
			return ctyOf(r.data, p)
		}
		line := ctyText(string(r.data))
		switch path := r.unit.paths[in.slot]; {
		case isMessage(path):
			return line
		case len(path) == 0:
			return cty.ObjectVal(map[string]cty.Value{"message": line})
		}
		return cty.NullVal(cty.DynamicPseudoType)
	case inputMeta:
		return r.metaCty(in.meta)
	case inputAllMeta:
		all := map[string]cty.Value{}
		for i, name := range metaNames() {
			all[name] = r.metaCty(metaField(i))
		}
		return cty.ObjectVal(all)
	case inputRaw:
		return ctyText(string(r.data))
	}
	return cty.DynamicVal
}
