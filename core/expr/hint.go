package expr

import (
	"encoding/binary"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// maxHints is how many hints are looked for: each takes a fifth of a scan.
const maxHints = 2

// hint is two neighbouring bytes, each in all eight bytes of a word. A predicate with hints does not match records in
// which none of them occurs, and nothing is escaped: that is found sooner than by a scan.
type hint struct{ first, second uint64 }

const (
	eachByte  = 0x0101010101010101
	highBits  = 0x8080808080808080
	backslash = '\\' * uint64(eachByte)
)

// hintsOf returns the hints of the predicate; nil: it has none.
func (p *Predicate) hintsOf() []hint {
	if p.cond == nil {
		return nil
	}
	hints, ok := p.hintsIn(p.expr)
	if !ok || len(hints) > maxHints {
		return nil
	}
	return hints
}

// hintsIn returns what must occur in a record for which the expression is anything but false.
func (p *Predicate) hintsIn(e hclsyntax.Expression) ([]hint, bool) {
	switch e := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		return p.hintsIn(e.Expression)
	case *hclsyntax.BinaryOpExpr:
		switch e.Op {
		case hclsyntax.OpLogicalOr:
			a, okA := p.hintsIn(e.LHS)
			b, okB := p.hintsIn(e.RHS)
			return append(a, b...), okA && okB
		case hclsyntax.OpLogicalAnd:
			// A side that is false decides, unless the other is a value that is no bool.
			if a, ok := p.hintsIn(e.LHS); ok && compares(e.RHS) {
				return a, true
			}
			if b, ok := p.hintsIn(e.RHS); ok && compares(e.LHS) {
				return b, true
			}
		case hclsyntax.OpEqual:
			q := Equality{slot: -1}
			if !p.equality(e, &q) || len(p.unit.paths[q.slot]) == 0 {
				return nil, false
			}
			h, ok := hintIn(q.texts[0])
			return []hint{h}, ok
		}
	}
	return nil, false
}

// compares reports whether an expression that has a value is a bool.
func compares(e hclsyntax.Expression) bool {
	switch e := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		return compares(e.Expression)
	case *hclsyntax.BinaryOpExpr:
		if e.Op == hclsyntax.OpLogicalAnd || e.Op == hclsyntax.OpLogicalOr {
			return compares(e.LHS) && compares(e.RHS)
		}
		return e.Op.Type == cty.Bool
	case *hclsyntax.FunctionCallExpr:
		switch e.Name {
		case "startswith", "endswith", "strcontains", "matches", "cidrcontains", "contains":
			return true
		}
	}
	return false
}

// common are bytes of logs, the commonest first. All others are rarer.
const common = `"eatnoirs,:lhdcum10.2-pg3 fy45bw/6789v_k`

// hintIn returns the rarest two neighbours of a text; ok is false when a record could have the text without them. Of texts
// outside ASCII, and of those that are the normal form of others (K of the Kelvin sign), the bytes may differ.
func hintIn(text string) (h hint, ok bool) {
	best := -1
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c < ' ' || c > '~' || strings.IndexByte("K;`\"\\", c) >= 0 {
			return hint{}, false
		}
		if i == 0 {
			continue
		}
		if rarity := rare(text[i-1]) + rare(c); rarity > best {
			best, h = rarity, hint{eachByte * uint64(text[i-1]), eachByte * uint64(c)}
		}
	}
	return h, best >= 0
}

func rare(c byte) int {
	if i := strings.IndexByte(common, c); i >= 0 {
		return i
	}
	return len(common)
}

// mayBeIn reports whether the hint, or a backslash, may occur in the data; rarely it says so of others.
func (h hint) mayBeIn(data []byte) bool {
	for len(data) >= 17 {
		a, b := binary.LittleEndian.Uint64(data), binary.LittleEndian.Uint64(data[8:])
		pair := (a ^ h.first) | (binary.LittleEndian.Uint64(data[1:]) ^ h.second)
		pair2 := (b ^ h.first) | (binary.LittleEndian.Uint64(data[9:]) ^ h.second)
		escape, escape2 := a^backslash, b^backslash
		// A byte that is zero has its high bit set by this.
		if ((pair-eachByte)&^pair|(pair2-eachByte)&^pair2|(escape-eachByte)&^escape|(escape2-eachByte)&^escape2)&highBits != 0 {
			return true
		}
		data = data[16:]
	}
	for i, c := range data {
		if c == '\\' || c == byte(h.first) && i+1 < len(data) && data[i+1] == byte(h.second) {
			return true
		}
	}
	return false
}

// Hints that do not spare scans, because their texts are in most records or because another expression scans anyway, are
// left alone for a while.
const (
	hintSpared  = 4      // counts for a record that was not scanned
	hintCredit  = 64     // the most that counts
	hintDisdain = 1 << 9 // records before the next try
)

// hopeless reports whether hints say that the predicate is false for the record, which is not scanned.
func (r *Record) hopeless(hints []hint) bool {
	switch {
	case r.state != notScanned:
		return false
	case r.disdain > 0:
		return false
	}
	r.hinted = true
	for _, h := range hints {
		if h.mayBeIn(r.data) {
			return false
		}
	}
	return true
}

// judgeHints counts what hints were worth for the record that is left.
func (r *Record) judgeHints() {
	switch {
	case !r.hinted:
		if r.disdain > 0 {
			r.disdain--
		}
		return
	case r.state == notScanned:
		r.credit = min(r.credit+hintSpared, hintCredit)
	default:
		if r.credit--; r.credit < 0 {
			r.credit, r.disdain = 0, hintDisdain
		}
	}
	r.hinted = false
}
