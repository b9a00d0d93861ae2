package config

import (
	"fmt"
	"regexp"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Bounds on a file. The parser and the evaluator recurse, so a file that is nested without end would end the process.
const (
	maxFileBytes = 4 << 20
	maxNesting   = 100
	maxOperators = 10_000 // in one attribute
)

// hugeNumber matches numbers whose plain form would fill the memory.
var hugeNumber = regexp.MustCompile(`^[0-9.]+[eE]\+?[0-9]{4,}$`)

// checkLimits looks at the tokens of a file before anything recurses over them; nil: within the bounds.
func checkLimits(src []byte, filename string) *hcl.Diagnostic {
	tokens, _ := hclsyntax.LexConfig(src, filename, hcl.InitialPos)
	var open []hclsyntax.TokenType
	operators := 0
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOParen, hclsyntax.TokenOBrack, hclsyntax.TokenTemplateInterp,
			hclsyntax.TokenTemplateControl, hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc:
			open = append(open, t.Type)
			operators++
			if len(open) > maxNesting {
				return problem(t.Range, fmt.Sprintf("The file is nested more than %d deep here.", maxNesting), "Take it apart with locals.")
			}
		case hclsyntax.TokenCBrace, hclsyntax.TokenCParen, hclsyntax.TokenCBrack, hclsyntax.TokenTemplateSeqEnd,
			hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc:
			if len(open) > 0 {
				open = open[:len(open)-1]
			}
		case hclsyntax.TokenNewline:
			if len(open) == 0 || open[len(open)-1] == hclsyntax.TokenOBrace {
				operators = 0
			}
		case hclsyntax.TokenNumberLit, hclsyntax.TokenQuotedLit:
			if hugeNumber.Match(t.Bytes) {
				return problem(t.Range, "The number is too large.", "Numbers go up to about 1e308.")
			}
		case hclsyntax.TokenComma, hclsyntax.TokenIdent, hclsyntax.TokenEqual, hclsyntax.TokenStringLit, hclsyntax.TokenComment:
		default:
			operators++
		}
		if operators > maxOperators {
			return problem(t.Range, fmt.Sprintf("The expression has more than %d operators.", maxOperators), "Take it apart with locals.")
		}
	}
	return nil
}
