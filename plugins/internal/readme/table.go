package readme

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// Table renders the attributes of body, and those of its nested blocks under dotted names, as a Markdown table with a
// trailing line feed. A body without any is a sentence.
func Table(body *pluginv1.Body) string {
	if len(body.GetAttributes())+len(body.GetBlocks()) == 0 {
		return "It has no options of its own.\n"
	}
	var b strings.Builder
	b.WriteString("| option | type | default | what it does |\n| --- | --- | --- | --- |\n")
	rows(&b, "", body)
	return b.String()
}

func rows(b *strings.Builder, prefix string, body *pluginv1.Body) {
	for _, a := range body.GetAttributes() {
		fmt.Fprintf(b, "| `%s%s` | %s | %s | %s |\n", prefix, a.GetName(), typeText(a), defaultText(a), cell(describe(a)))
	}
	for _, block := range body.GetBlocks() {
		fmt.Fprintf(b, "| `%s%s {}` | block%s | | %s |\n", prefix, block.GetName(), occurrence(block), cell(block.GetBody().GetDescription()))
		rows(b, prefix+block.GetName()+".", block.GetBody())
	}
}

func occurrence(block *pluginv1.Block) string {
	switch lo, hi := block.GetMin(), block.GetMax(); {
	case lo > 0 && hi == 1:
		return ", required"
	case lo > 0:
		return ", at least " + strconv.Itoa(int(lo))
	case hi == 1:
		return ""
	default:
		return ", repeatable"
	}
}

func typeText(a *pluginv1.Attribute) string {
	switch a.GetType() {
	case pluginv1.Type_TYPE_LIST, pluginv1.Type_TYPE_MAP:
		return typeName(a.GetType()) + " of " + typeName(a.GetElementType())
	default:
		return typeName(a.GetType())
	}
}

func typeName(t pluginv1.Type) string {
	return strings.ToLower(strings.TrimPrefix(t.String(), "TYPE_"))
}

func defaultText(a *pluginv1.Attribute) string {
	if a.GetRequired() {
		return "required"
	}
	text := literal(a.GetType(), a.GetDefaultJson())
	switch text {
	case "", "null", `""`, "[]", "{}":
		return ""
	}
	return "`" + cell(text) + "`"
}

// literal writes a canonical JSON value as a user would in a configuration. What it does not understand stays as it is.
func literal(t pluginv1.Type, canonical string) string {
	n, err := strconv.ParseInt(canonical, 10, 64)
	switch {
	case err != nil:
		return canonical
	case t == pluginv1.Type_TYPE_DURATION:
		return strconv.Quote(durationText(time.Duration(n)))
	case t == pluginv1.Type_TYPE_BYTES:
		return strconv.Quote(bytesText(n))
	}
	return canonical
}

// durationText is d without the zero minutes and seconds that time.Duration prints.
func durationText(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func bytesText(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	i := 0
	for n != 0 && n%1024 == 0 && i < len(units)-1 {
		n /= 1024
		i++
	}
	return strconv.FormatInt(n, 10) + units[i]
}

// describe is the description, followed by what else the schema says about the value.
func describe(a *pluginv1.Attribute) string {
	s := a.GetDescription()
	add := func(format string, args ...any) {
		if s != "" {
			s += " "
		}
		s += fmt.Sprintf(format, args...)
	}
	c := a.GetConstraints()
	if values := c.GetOneOf(); len(values) > 0 {
		quoted := make([]string, len(values))
		for i, v := range values {
			quoted[i] = "`" + literal(a.GetType(), v) + "`"
		}
		add("One of %s.", strings.Join(quoted, ", "))
	}
	lo, hi := number(a.GetType(), c.GetMin()), number(a.GetType(), c.GetMax())
	switch {
	case c.GetMin() != 0 && c.GetMax() != 0:
		add("From `%s` to `%s`.", lo, hi)
	case c.GetMin() != 0: // that it can't be negative goes without saying
		add("At least `%s`.", lo)
	case c != nil && c.Max != nil:
		add("At most `%s`.", hi)
	}
	if a.GetSensitive() {
		add("A secret: it is never shown.")
	}
	if a.GetExample() != "" {
		add("Example: `%s`.", a.GetExample())
	}
	if a.GetDeprecated() != "" {
		add("Deprecated: %s", a.GetDeprecated())
	}
	return s
}

func number(t pluginv1.Type, v float64) string {
	text, err := json.Marshal(v)
	if err != nil {
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return literal(t, string(text))
}

// cell makes s fit into one cell of a table.
func cell(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", `\|`)
}
