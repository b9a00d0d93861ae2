package config

import (
	"bytes"

	"github.com/hashicorp/hcl/v2/hclwrite"
)

// Format returns a configuration in canonical form: two spaces a level, aligned equal signs, one newline at the end.
// Comments stay. Formatting twice changes nothing more. A source with syntax errors is returned as it is, as far as
// lines can't be told apart; check it with Load before writing the result back.
func Format(src []byte) []byte {
	if checkLimits(src, "") != nil {
		return src
	}
	out := bytes.TrimRight(hclwrite.Format(src), "\n")
	if len(out) == 0 {
		return nil
	}
	return append(out, '\n')
}
