package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// shownWidth is how many characters of a source line are printed, around the mark.
const shownWidth = 120

// palette are the escape sequences of a terminal; the zero value has none.
type palette struct{ severity, bold, reset string }

func paletteFor(d *hcl.Diagnostic, color bool) palette {
	if !color {
		return palette{}
	}
	p := palette{severity: "\x1b[1;31m", bold: "\x1b[1m", reset: "\x1b[0m"}
	switch severityName(d) {
	case "warning":
		p.severity = "\x1b[1;33m"
	case "note":
		p.severity = "\x1b[1;36m"
	}
	return p
}

// WriteText writes diagnostics for people: what is wrong, where, the line with the place marked, what to do. No secret
// is printed, nor a control character of a source.
func WriteText(w io.Writer, diags hcl.Diagnostics, files *Files, color bool) error {
	var b bytes.Buffer
	for i, d := range diags {
		if i > 0 {
			b.WriteByte('\n')
		}
		p := paletteFor(d, color)
		fmt.Fprintf(&b, "%s%s%s: %s%s%s\n", p.severity, severityName(d), p.reset, p.bold, OneLine(files.scrub(d.Summary)), p.reset)
		if d.Subject != nil {
			files.writePlace(&b, *d.Subject, p)
		}
		if d.Detail != "" {
			fmt.Fprintf(&b, "  %s\n", OneLine(files.scrub(d.Detail)))
		}
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write diagnostics: %w", err)
	}
	return nil
}

func (f *Files) writePlace(b *bytes.Buffer, at hcl.Range, p palette) {
	number := strconv.Itoa(at.Start.Line)
	gutter := strings.Repeat(" ", len(number))
	fmt.Fprintf(b, " %s--> %s:%d:%d\n", gutter, OneLine(at.Filename), at.Start.Line, at.Start.Column)
	src, ok := f.sources[at.Filename]
	if !ok || at.Start.Byte > len(src) {
		return
	}
	lineStart := bytes.LastIndexByte(src[:at.Start.Byte], '\n') + 1
	line := src[lineStart:]
	if end := bytes.IndexByte(line, '\n'); end >= 0 {
		line = line[:end]
	}
	line = bytes.TrimSuffix(line, []byte{'\r'})
	text, mark := f.shownLine(at, lineStart, line)
	fmt.Fprintf(b, " %s |\n %s | %s\n %s | %s%s%s\n", gutter, number, text, gutter, p.severity, mark, p.reset)
}

// shownLine returns a source line as it may be printed, and a line that marks the place below it.
func (f *Files) shownLine(at hcl.Range, lineStart int, line []byte) (text, mark string) {
	from := min(at.Start.Byte-lineStart, len(line))
	to := min(max(at.End.Byte-lineStart, from), len(line))
	hidden := f.hiddenSpans(at.Filename, lineStart, line)
	var shown, below []rune
	put := func(r rune, marked bool) {
		shown = append(shown, r)
		if marked {
			below = append(below, '^')
		} else {
			below = append(below, ' ')
		}
	}
	for i := 0; i < len(line); {
		if len(hidden) > 0 && i >= hidden[0].start {
			marked := from < hidden[0].end && to > hidden[0].start
			for _, r := range hiddenText {
				put(r, marked)
			}
			i = hidden[0].end
			hidden = hidden[1:]
			continue
		}
		r, n := utf8.DecodeRune(line[i:])
		put(printable(r), i >= from && i < to)
		i += n
	}
	if !strings.ContainsRune(string(below), '^') {
		at := min(from, len(below))
		below = append(below[:at], '^')
	}
	return cut(shown, below)
}

// cut shortens a long line around its mark.
func cut(shown, below []rune) (text, mark string) {
	first := 0
	for first < len(below) && below[first] != '^' {
		first++
	}
	start := max(0, min(first-shownWidth/3, len(shown)-shownWidth))
	if first < shownWidth*2/3 {
		start = 0
	}
	end := min(len(shown), start+shownWidth)
	text = string(shown[start:end])
	mark = string(below[min(start, len(below)):min(len(below), start+shownWidth)])
	if start > 0 {
		text, mark = "…"+text, " "+mark
	}
	if end < len(shown) {
		text += "…"
	}
	return text, strings.TrimRight(mark, " ")
}

// printable replaces what a terminal would obey or could not show.
func printable(r rune) rune {
	switch {
	case r == '\t':
		return ' '
	case r == utf8.RuneError, unicode.IsControl(r), unicode.In(r, unicode.Cf):
		return '�'
	}
	return r
}

// OneLine makes a text fit to stand on one line of a terminal.
func OneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' {
			return ' '
		}
		return printable(r)
	}, s)
}

// jsonDiagnostic is one diagnostic for programs.
type jsonDiagnostic struct {
	Severity string     `json:"severity"`
	Code     Code       `json:"code,omitempty"`
	Summary  string     `json:"summary"`
	Detail   string     `json:"detail,omitempty"`
	Range    *jsonRange `json:"range,omitempty"`
}

type jsonRange struct {
	File  string  `json:"file"`
	Start jsonPos `json:"start"`
	End   jsonPos `json:"end"`
}

// jsonPos counts lines and columns from 1, columns in characters, bytes from 0.
type jsonPos struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
}

// WriteJSON writes diagnostics for programs: one object with the list and how many of each severity it has.
func WriteJSON(w io.Writer, diags hcl.Diagnostics, files *Files) error {
	out := struct {
		Errors      int              `json:"errors"`
		Warnings    int              `json:"warnings"`
		Notes       int              `json:"notes"`
		Diagnostics []jsonDiagnostic `json:"diagnostics"`
	}{Diagnostics: []jsonDiagnostic{}}
	for _, d := range diags {
		j := jsonDiagnostic{
			Severity: severityName(d), Code: CodeOf(d), Summary: files.scrub(d.Summary), Detail: files.scrub(d.Detail),
		}
		if r := d.Subject; r != nil {
			j.Range = &jsonRange{File: r.Filename, Start: posOf(r.Start), End: posOf(r.End)}
		}
		switch j.Severity {
		case "error":
			out.Errors++
		case "warning":
			out.Warnings++
		default:
			out.Notes++
		}
		out.Diagnostics = append(out.Diagnostics, j)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(out); err != nil {
		return fmt.Errorf("write diagnostics: %w", err)
	}
	return nil
}

func posOf(p hcl.Pos) jsonPos { return jsonPos{Line: p.Line, Column: p.Column, Byte: p.Byte} }

// sourceText is a piece of a source in one line, as it may be shown.
func (f *Files) sourceText(at hcl.Range) string {
	src, ok := f.sources[at.Filename]
	if !ok || at.End.Byte > len(src) {
		return ""
	}
	return OneLine(f.scrub(strings.Join(strings.Fields(string(src[at.Start.Byte:at.End.Byte])), " ")))
}
