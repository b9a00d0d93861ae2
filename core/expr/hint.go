package expr

import (
	"encoding/binary"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// maxHints is how many hints are looked for: each takes a fifth of a scan.
const maxHints = 2

// hint is two neighbouring bytes, each in all eight bytes of a word. Of records in which none of a predicate's hints occurs,
// and nothing is escaped, the answer is known: that is found sooner than by a scan.
type hint struct{ first, second uint64 }

const (
	eachByte  = 0x0101010101010101
	highBits  = 0x8080808080808080
	backslash = '\\' * uint64(eachByte)
)

// guess is what a condition comes to without its hints.
type guess struct {
	hints []hint
	holds bool
}

// guess returns the guess of the predicate; ok is false when it has none, or more hints than are worth it.
func (p *Predicate) guess() (g guess, ok bool) {
	if p.cond != nil {
		g, ok = p.guessOf(p.expr)
	}
	return g, ok && len(g.hints) <= maxHints
}

// guessOf returns the guess of a condition.
func (p *Predicate) guessOf(e hclsyntax.Expression) (guess, bool) {
	switch e := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		return p.guessOf(e.Expression)
	case *hclsyntax.UnaryOpExpr:
		if e.Op == hclsyntax.OpLogicalNot {
			g, ok := p.guessOf(e.Val)
			return guess{g.hints, !g.holds}, ok
		}
	case *hclsyntax.BinaryOpExpr:
		switch e.Op {
		case hclsyntax.OpLogicalOr:
			return p.guessEither(e, true)
		case hclsyntax.OpLogicalAnd:
			return p.guessEither(e, false)
		case hclsyntax.OpEqual, hclsyntax.OpNotEqual:
			q := Equality{slot: -1}
			if !p.compares(e.LHS, e.RHS, &q) && !p.compares(e.RHS, e.LHS, &q) || len(p.unit.paths[q.slot]) == 0 {
				return guess{}, false
			}
			h, ok := hintIn(q.texts[0])
			return guess{[]hint{h}, e.Op == hclsyntax.OpNotEqual}, ok
		}
	}
	return guess{}, false
}

// guessEither returns the guess of two sides, either of which decides when it holds as decides says, unless the other is a
// value that is no bool.
func (p *Predicate) guessEither(e *hclsyntax.BinaryOpExpr, decides bool) (guess, bool) {
	l, okL := p.guessOf(e.LHS)
	r, okR := p.guessOf(e.RHS)
	switch {
	case okL && l.holds == decides && decided(e.RHS):
		return l, true
	case okR && r.holds == decides && decided(e.LHS):
		return r, true
	case okL && okR && l.holds != decides && r.holds != decides:
		return guess{append(l.hints, r.hints...), !decides}, true
	}
	return guess{}, false
}

// decided reports whether an expression that has a value is a bool.
func decided(e hclsyntax.Expression) bool {
	switch e := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		return decided(e.Expression)
	case *hclsyntax.UnaryOpExpr:
		return e.Op == hclsyntax.OpLogicalNot
	case *hclsyntax.BinaryOpExpr:
		if e.Op == hclsyntax.OpLogicalAnd || e.Op == hclsyntax.OpLogicalOr {
			return decided(e.LHS) && decided(e.RHS)
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

// lacks reports whether the record, which is not scanned, has none of the hints.
func (r *Record) lacks(hints []hint) bool {
	if r.state != notScanned || r.disdain > 0 {
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
