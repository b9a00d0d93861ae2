package deadletter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/record"
)

const (
	// maxLine is the most bytes of a line that are read as one.
	maxLine = 32 << 20
	// maxTextLine is the longest line that holds the record as text; beyond, its escapes cost more than base64.
	maxTextLine = 8 << 20

	// lineStart begins a line and sumStart its end. Inside a JSON string quotes are escaped, so neither can occur there.
	lineStart = `{"entry":"`
	sumStart  = `,"crc":"`
	sumLen    = len(sumStart) + 8 + len(`"}`)
)

// ErrTooLarge says that a letter is larger than any record can be.
var ErrTooLarge = errors.New("the record is too large to be kept as a dead letter")

// line is a dead letter as a line shows it: what delivery.DeadLetter.Envelope gives, but always with the whole record.
type line struct {
	// Entry numbers the lines of a store; it comes first.
	Entry string `json:"entry"`
	// Exactly one of Record and Base64 is set.
	Record *string `json:"record,omitempty"`
	Base64 *[]byte `json:"record_base64,omitempty"`

	delivery.LetterFields
}

// appendLine appends d as the line of an entry, its line feed included.
func appendLine(b []byte, entry uint64, d *delivery.DeadLetter) ([]byte, error) {
	l := line{Entry: strconv.FormatUint(entry, 10), LetterFields: d.Fields()}
	if utf8.Valid(d.Record) {
		text := string(d.Record)
		l.Record = &text
		whole, err := appendSealed(b, &l)
		if err != nil || len(whole)-len(b) <= maxTextLine {
			return whole, err
		}
		l.Record = nil
	}
	l.Base64 = &d.Record
	if d.Record == nil {
		l.Base64 = &[]byte{}
	}
	whole, err := appendSealed(b, &l)
	if err == nil && len(whole)-len(b) > maxLine {
		return b, ErrTooLarge
	}
	return whole, err
}

// appendSealed appends v, a JSON object, with the sum of its bytes as its last member, and a line feed.
func appendSealed(b []byte, v any) ([]byte, error) {
	w := bytes.NewBuffer(b)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false) // a person reads it
	if err := e.Encode(v); err != nil {
		return b, err
	}
	whole := w.Bytes()[:w.Len()-len("}\n")]
	return fmt.Appendf(whole, "%s%08x\"}\n", sumStart, sum(whole[len(b):])), nil
}

// sealed reports whether b ends with the sum of its other bytes.
func sealed(b []byte) bool {
	if len(b) < sumLen {
		return false
	}
	body, end := b[:len(b)-sumLen], b[len(b)-sumLen:]
	return string(end) == fmt.Sprintf("%s%08x\"}", sumStart, sum(body))
}

func sum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// soundLine reports whether b, without its line feed, is a line as it was written, and its entry's number.
func soundLine(b []byte) (entry uint64, ok bool) {
	rest, ok := bytes.CutPrefix(b, []byte(lineStart))
	if !ok || !sealed(b) {
		return 0, false
	}
	digits, _, _ := bytes.Cut(rest[:min(len(rest), 21)], []byte(`"`))
	entry, err := strconv.ParseUint(string(digits), 10, 64)
	return entry, err == nil && entry > 0 && entry <= maxEntry
}

// decodeLine reads a sound line into e.
func decodeLine(b []byte, e *Entry) error {
	var l line
	if err := json.Unmarshal(b, &l); err != nil {
		return err
	}
	var p parser
	*e = Entry{Number: p.number(l.Entry), Line: b}
	e.DeadLetter = delivery.DeadLetter{
		Origin: record.Origin{
			Source: l.Origin.Source, Peer: l.Origin.Peer, PeerPort: l.Origin.PeerPort, ClientName: l.Origin.ClientName,
			ReceivedUnixNano: p.time(l.Origin.ReceivedAt).UnixNano(), Truncated: l.Origin.Truncated, ID: p.number(l.Origin.ID),
		},
		Destination: l.Destination, Position: record.Position(p.number(l.Position)),
		Reason: l.Reason, Code: codeOf(l.Code), Attempts: l.Attempts,
		FirstAttempt: p.time(l.Times.FirstAttempt), LastAttempt: p.time(l.Times.LastAttempt), GivenUp: p.time(l.Times.GivenUp),
	}
	switch {
	case l.Record != nil:
		e.Record = []byte(*l.Record)
	case l.Base64 != nil:
		e.Record = *l.Base64
	default:
		p.err = errors.New("no record")
	}
	return p.err
}

// parser keeps the first error.
type parser struct{ err error }

func (p *parser) number(s string) uint64 {
	n, err := strconv.ParseUint(s, 10, 64)
	p.err = errors.Join(p.err, err)
	return n
}

func (p *parser) time(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	p.err = errors.Join(p.err, err)
	return t
}

// codeOf returns the code that has a name; CodeNone for one that this version does not know.
func codeOf(name string) delivery.Code {
	for c := delivery.CodeNone + 1; c.String() != ""; c++ {
		if c.String() == name {
			return c
		}
	}
	return delivery.CodeNone
}
