package http

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// flaw is the first record of a body that can't be taken.
type flaw struct {
	// record counts from 1. line does too, and is 0 where lines say nothing. offset is that of the record's first byte
	// in the decompressed body, from 0.
	record, line, offset int
	tooLarge             bool
	reason               string // a clause, for a record that is not too large
}

func (f *flaw) place() string {
	if f.line == 0 {
		return fmt.Sprintf("Record %d (byte %d)", f.record, f.offset)
	}
	return fmt.Sprintf("Record %d (line %d, byte %d)", f.record, f.line, f.offset)
}

// split checks a whole body and turns it, in its own memory, into its records with one line feed after each. A record
// has limit bytes at most. With a flaw the body is of no use any more.
func split(format string, body []byte, limit int) ([]byte, *flaw) {
	if format == formatArray {
		return splitArray(body, limit)
	}
	return splitLines(body, limit, format == formatNDJSON)
}

// splitLines takes lines that end in LF or CRLF. Empty ones are no records, and with values white space is empty.
func splitLines(b []byte, limit int, values bool) ([]byte, *flaw) {
	if len(b) > 0 && b[len(b)-1] != '\n' {
		b = append(b, '\n')
	}
	out := 0 // b[:out] are records
	for at, line, record := 0, 1, 1; at < len(b); line++ {
		end := at + bytes.IndexByte(b[at:], '\n')
		text := b[at:end]
		if n := len(text); n > 0 && text[n-1] == '\r' {
			text = text[:n-1]
		}
		if !empty(text, values) {
			if len(text) > limit {
				return nil, &flaw{record: record, line: line, offset: at, tooLarge: true}
			}
			if values {
				if _, ok := scanJSON(text); !ok {
					return nil, &flaw{record: record, line: line, offset: at, reason: whyNoValue(text, false)}
				}
			}
			if out != at {
				copy(b[out:], text)
			}
			out += len(text)
			b[out] = '\n'
			out++
			record++
		}
		at = end + 1
	}
	return b[:out], nil
}

func empty(text []byte, values bool) bool {
	return len(text) == 0 || values && text[0] <= ' ' && len(bytes.TrimLeft(text, " \t\r")) == 0
}

// splitArray takes the elements of one JSON array. Line breaks inside of them, which are between tokens only, become
// spaces.
func splitArray(b []byte, limit int) ([]byte, *flaw) {
	var form jsonForm
	at, more := skipSpace(b, 0, &form)
	if !more {
		return nil, nil
	}
	bad := func(record, offset int, reason string) ([]byte, *flaw) {
		return nil, &flaw{record: record, offset: offset, reason: reason}
	}
	if b[at] != '[' {
		return bad(1, at, "is not in an array: the body must be one JSON array")
	}
	if at, more = skipSpace(b, at+1, &form); more && b[at] == ']' {
		return nil, after(b, at+1, 1)
	}
	out := 0 // b[:out] are records; before each element stands a bracket or comma, so that there is room for its LF
	for record := 1; ; record++ {
		at, _ = skipSpace(b, at, &form)
		form = jsonForm{}
		end := scanValue(b, at, &form)
		if end < 0 {
			return bad(record, at, whyNoValue(b[at:], true))
		}
		text := b[at:end]
		if len(text) > limit {
			return nil, &flaw{record: record, offset: at, tooLarge: true}
		}
		next, more := skipSpace(b, end, &form)
		if !more || b[next] != ',' && b[next] != ']' {
			return bad(record, at, "is followed by neither a comma nor the end of the array")
		}
		if form.spaced {
			unbreak(text)
		}
		copy(b[out:], text)
		out += len(text)
		b[out] = '\n'
		out++
		if b[next] == ']' {
			return b[:out], after(b, next+1, record+1)
		}
		at = next + 1
	}
}

// after finds what stands after the array.
func after(b []byte, at, record int) *flaw {
	var form jsonForm
	if i, more := skipSpace(b, at, &form); more {
		return &flaw{record: record, offset: i, reason: "stands after the end of the array"}
	}
	return nil
}

func unbreak(text []byte) {
	for i, c := range text {
		if c == '\n' || c == '\r' {
			text[i] = ' '
		}
	}
}

// whyNoValue says what is wrong with a text that should have been one JSON value, or with followed have begun with one.
func whyNoValue(text []byte, followed bool) string {
	const whole = "is no valid JSON value"
	// This is for people, and its price has to be bounded.
	const most = 64 << 10
	cut := text[:min(len(text), most)]
	d := json.NewDecoder(bytes.NewReader(cut))
	var value json.RawMessage
	err := d.Decode(&value)
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		var form jsonForm
		if rest, more := skipSpace(cut, int(d.InputOffset()), &form); more && !followed {
			return fmt.Sprintf("%s: more stands after it, at its byte %d", whole, rest)
		}
		return fmt.Sprintf("is nested more than %d deep", maxDepth)
	case errors.As(err, &syntax):
		return fmt.Sprintf("%s: %v, at its byte %d", whole, syntax, max(syntax.Offset-1, 0))
	case len(cut) < len(text):
		return whole
	}
	return whole + ": it ends in the middle"
}
