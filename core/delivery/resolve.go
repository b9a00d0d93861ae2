package delivery

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"

	"github.com/skidway/skidway/core/spool"
)

// Resolver evaluates the RECORD attributes of one destination. Only the lane's goroutine calls it.
type Resolver interface {
	// Names returns the attributes in the order in which Resolve gives their values. It is called once; the slice is the
	// lane's from then on.
	Names() []string
	// Resolve says for each record of the run, in order, what its values are, or that it has none. Of to it calls only
	// Value, Absent, Next and Fail. It keeps neither run nor to, does not block, and gives equal records equal values: a
	// record is evaluated again when it comes again.
	Resolve(run *spool.Run, to *Resolution)
}

const (
	// MaxResolvedBytes is how long the values of one record may be together, each with its length before it: one byte, or
	// two for a value of 127 bytes and more.
	MaxResolvedBytes = 4 << 10
	// resolveRecords and resolveBytes bound what is evaluated at a time.
	resolveRecords, resolveBytes = 256, 256 << 10
)

const (
	// ReasonTooLong is why a record is dead-lettered whose values are longer than MaxResolvedBytes.
	ReasonTooLong = "the values of the destination's attributes for this record are longer than 4KiB together"
	reasonNoValue = "the destination's attributes have no values for this record"
)

// Resolution takes the values of the records of one run. For each record it gets one Value or Absent for each name and
// then Next, or Fail at any point. It allocates nothing once its memory has grown.
type Resolution struct {
	names int
	// stretches of records with equal values, in order; those before next were taken.
	stretches []alike
	next      int
	// buf holds the encoded values of all stretches, and from start on those of the record that is being told.
	buf   []byte
	start int
	given int
}

// alike is consecutive records of one run with equal values, or with the same reason for having none.
type alike struct {
	records int
	// from and to are where the encoded values lie in the resolution's buf.
	from, to int
	// reason is why there are no values; empty: there are.
	reason string
}

// Value gives the value of the record's next attribute. The bytes are copied; what is not valid UTF-8 is replaced, as
// everywhere on the way to a plugin.
func (r *Resolution) Value(v []byte) {
	if !utf8.Valid(v) {
		v = bytes.ToValidUTF8(v, []byte("\uFFFD"))
	}
	r.given++
	r.buf = binary.AppendUvarint(r.buf, uint64(len(v))+1)
	// What is too long is found at Next. It is cut here, so that it takes little memory until then.
	r.buf = append(r.buf, v[:min(len(v), MaxResolvedBytes+1)]...)
}

// Absent says that the record has no value for the next attribute, which the plugin then does not get either.
func (r *Resolution) Absent() {
	r.given++
	r.buf = append(r.buf, 0)
}

// Next ends the record.
func (r *Resolution) Next() {
	switch {
	case r.given != r.names:
		r.Fail(reasonNoValue)
	case len(r.buf)-r.start > MaxResolvedBytes:
		r.Fail(ReasonTooLong)
	default:
		r.end("")
	}
}

// Fail ends the record, which is dead-lettered with the reason. It is one sentence without values of the record, since
// each record is kept beside it.
func (r *Resolution) Fail(reason string) {
	r.buf = r.buf[:r.start]
	if reason == "" {
		reason = reasonNoValue
	}
	r.end(reason)
}

// end adds the record to the last stretch if it is like it.
func (r *Resolution) end(reason string) {
	r.given = 0
	if n := len(r.stretches); n > 0 {
		last := &r.stretches[n-1]
		if last.reason == reason && bytes.Equal(r.buf[last.from:last.to], r.buf[r.start:]) {
			last.records++
			r.buf = r.buf[:r.start]
			return
		}
	}
	r.stretches = append(r.stretches, alike{records: 1, from: r.start, to: len(r.buf), reason: reason})
	r.start = len(r.buf)
}

// evaluate takes the values of the records of run in place of those of the last one.
func (r *Resolution) evaluate(by Resolver, run *spool.Run) {
	r.stretches, r.next, r.buf, r.start, r.given = r.stretches[:0], 0, r.buf[:0], 0, 0
	by.Resolve(run, r)
	records := 0
	for i := range r.stretches {
		records += r.stretches[i].records
	}
	for ; records < run.Len(); records++ {
		r.Fail(reasonNoValue)
	}
}

// first returns the stretch that the next record is of.
func (r *Resolution) first() (s *alike, values []byte) {
	s = &r.stretches[r.next]
	return s, r.buf[s.from:s.to]
}

// take takes n records of the first stretch.
func (r *Resolution) take(n int) {
	s := &r.stretches[r.next]
	if s.records -= n; s.records == 0 {
		r.next++
	}
}
