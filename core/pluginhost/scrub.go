package pluginhost

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	redacted = "(sensitive)"
	// minSecretLine is the shortest line of a secret of several lines that is scrubbed by itself.
	minSecretLine = 8
)

// scrubber replaces secrets in text. The zero value replaces nothing. It is safe for concurrent use.
type scrubber struct {
	replacer *strings.Replacer
	forms    []string
}

// newScrubber scrubs the secrets as they are, as they stand in JSON, in Go's quotes and in URLs, and the lines of those
// that have several.
func newScrubber(secrets []string) scrubber {
	var forms []string
	add := func(s string) {
		if s != "" {
			forms = append(forms, s)
		}
	}
	for _, secret := range secrets {
		add(secret)
		add(jsonForm(secret))
		add(strings.Trim(strconv.Quote(secret), `"`))
		add(url.QueryEscape(secret))
		add(url.PathEscape(secret))
		for line := range strings.Lines(secret) {
			if line = strings.TrimSpace(line); len(line) >= minSecretLine {
				add(line)
			}
		}
	}
	if len(forms) == 0 {
		return scrubber{}
	}
	// The longest first, because the replacer takes the first that fits.
	slices.SortFunc(forms, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	forms = slices.Compact(forms)
	pairs := make([]string, 0, 2*len(forms))
	for _, f := range forms {
		pairs = append(pairs, f, redacted)
	}
	return scrubber{replacer: strings.NewReplacer(pairs...), forms: forms}
}

func jsonForm(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return ""
	}
	return strings.Trim(strings.TrimSuffix(b.String(), "\n"), `"`)
}

// scrub returns s without secrets.
func (c *scrubber) scrub(s string) string {
	if c.replacer == nil || s == "" {
		return s
	}
	return c.replacer.Replace(s)
}

// scrubCut is scrub for text whose end is missing: what may be the beginning of a secret there goes as well.
func (c *scrubber) scrubCut(s string) string {
	s = c.scrub(s)
	cut := len(s)
	for _, f := range c.forms {
		for n := min(len(f)-1, len(s)); n > 0; n-- {
			if strings.HasSuffix(s, f[:n]) {
				cut = min(cut, len(s)-n)
				break
			}
		}
	}
	if cut == len(s) {
		return s
	}
	return s[:cut] + redacted
}
