package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skidway/skidway/core/record"
)

// framed is what became of the bytes of one connection.
type framed struct {
	Records []string
	// Truncated are the indexes of truncated records.
	Truncated  []int
	Dropped    int
	Unfinished bool
	Err        bool
}

func (r *framed) add(t *testing.T, c cut) {
	t.Helper()
	g := record.Group{Sizes: c.sizes, Data: c.data}
	if c.truncated {
		if g.Len() != 1 {
			t.Fatalf("a cut with a truncated record has %d records, want 1", g.Len())
		}
		r.Truncated = append(r.Truncated, len(r.Records))
	}
	data := g.Data
	for i, size := range g.Sizes {
		if data[size] != '\n' {
			t.Fatalf("record %d is followed by %q, want LF", i, data[size])
		}
		r.Records = append(r.Records, string(data[:size]))
		data = data[size+1:]
	}
	if len(data) != 0 {
		t.Fatalf("data has %d bytes more than its sizes say", len(data))
	}
	r.Dropped += c.dropped
	r.Err = r.Err || c.err != nil
}

// feed gives the input to the framer in pieces, whose lengths pieces returns, keeping the rest as a connection does.
// A sender that closes in order ends it.
func feed(t *testing.T, f framer, input []byte, sizes []uint32, piece func() int) framed {
	t.Helper()
	var r framed
	buffer := make([]byte, 0, len(input)+1)
	for len(input) > 0 {
		n := min(max(piece(), 1), len(input))
		buffer = append(buffer, input[:n]...)
		input = input[n:]
		used := 0
		for more := true; more; {
			before := len(buffer) - used
			c := f.next(buffer[used:], sizes)
			if c.more && c.rest == 0 && len(c.sizes) == 0 {
				t.Fatalf("next took nothing of %d bytes and wants more", before)
			}
			r.add(t, c)
			used, more = used+c.rest, c.more
			if r.Err {
				return r
			}
		}
		buffer = buffer[:copy(buffer, buffer[used:])]
	}
	c := f.finish(buffer, sizes)
	r.add(t, c)
	r.Unfinished = c.rest < len(buffer)
	return r
}

func TestFraming(t *testing.T) {
	long := strings.Repeat("x", 8)
	tests := []struct {
		name  string
		o     Options
		input string
		want  framed
	}{
		{"newline: LF ends a record", Options{}, "a\nbc\n", framed{Records: []string{"a", "bc"}}},
		{"newline: CRLF ends a record", Options{}, "a\r\nbc\r\n", framed{Records: []string{"a", "bc"}}},
		{"newline: LF and CRLF may be mixed", Options{}, "a\nb\r\nc\n", framed{Records: []string{"a", "b", "c"}}},
		{"newline: only one CR belongs to the end", Options{}, "a\r\r\n", framed{Records: []string{"a\r"}}},
		{"newline: a CR within is data", Options{}, "a\rb\n", framed{Records: []string{"a\rb"}}},
		{"newline: empty lines are skipped", Options{}, "\n\r\na\n\n\nb\n\r\n", framed{Records: []string{"a", "b"}}},
		{"newline: invalid bytes are data", Options{}, "\x00\xff\x1b[0m\n", framed{Records: []string{"\x00\xff\x1b[0m"}}},
		{"newline: a last line without end is a record", Options{}, "a\nb", framed{Records: []string{"a", "b"}}},
		{"newline: a last line keeps its CR", Options{}, "a\r", framed{Records: []string{"a\r"}}},
		{"newline: no bytes, no records", Options{}, "", framed{}},
		{"newline: at the limit", Options{}, long + "\n" + long + "\r\n", framed{Records: []string{long, long}}},
		{
			"newline: above the limit, truncated, the rest is gone",
			Options{},
			"a\n" + long + "yz\nb\n",
			framed{Records: []string{"a", long, "b"}, Truncated: []int{1}},
		},
		{
			"newline: above the limit, dropped, the rest is gone",
			Options{Oversize: Drop},
			"a\n" + long + "yz\nb\n",
			framed{Records: []string{"a", "b"}, Dropped: 1},
		},
		{
			"newline: a CR that is data makes it too large",
			Options{},
			long + "\ry\n",
			framed{Records: []string{long}, Truncated: []int{0}},
		},
		{
			"newline: a last line above the limit",
			Options{},
			long + "\r",
			framed{Records: []string{long}, Truncated: []int{0}},
		},
		{"newline: a last line above the limit, dropped", Options{Oversize: Drop}, long + "\r", framed{Dropped: 1}},
		{
			"newline: truncated ones in a row",
			Options{},
			long + "1\n" + long + "2\n",
			framed{Records: []string{long, long}, Truncated: []int{0, 1}},
		},

		{"octets: a record holds what its length says", Options{Framing: OctetCounted}, "1 a3 b\nc", framed{Records: []string{"a", "b\nc"}}},
		{"octets: bytes are data", Options{Framing: OctetCounted}, "4 \x00\r\n 2 \xff\xfe", framed{Records: []string{"\x00\r\n ", "\xff\xfe"}}},
		{"octets: a record cut short is unfinished", Options{Framing: OctetCounted}, "1 a5 bc", framed{Records: []string{"a"}, Unfinished: true}},
		{"octets: a length cut short is unfinished", Options{Framing: OctetCounted}, "1 a12", framed{Records: []string{"a"}, Unfinished: true}},
		{"octets: at the limit", Options{Framing: OctetCounted}, "8 " + long + "1 a", framed{Records: []string{long, "a"}}},
		{
			"octets: above the limit, truncated, the rest is gone",
			Options{Framing: OctetCounted},
			"1 a14 " + long + " 1 b 21 b",
			framed{Records: []string{"a", long, "b"}, Truncated: []int{1}},
		},
		{
			"octets: above the limit, dropped, the rest is gone",
			Options{Framing: OctetCounted, Oversize: Drop},
			"1 a13 " + long + " 1 b 1 b",
			framed{Records: []string{"a", "b"}, Dropped: 1},
		},
		{"octets: text is an error", Options{Framing: OctetCounted}, "1 a<13>Oct", framed{Records: []string{"a"}, Err: true}},
		{"octets: a space without length is an error", Options{Framing: OctetCounted}, " a", framed{Err: true}},
		{"octets: a leading zero is an error", Options{Framing: OctetCounted}, "01 a", framed{Err: true}},
		{"octets: LF between records is an error", Options{Framing: OctetCounted}, "1 a\n1 b", framed{Records: []string{"a"}, Err: true}},
		{"octets: a length of eight digits is an error", Options{Framing: OctetCounted}, "12345678 a", framed{Err: true}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.o.MaxRecordBytes = 8
			for piece := 1; piece <= len(test.input)+1; piece++ {
				got := feed(t, newFramer(&test.o), []byte(test.input), make([]uint32, 0, 2), func() int { return piece })
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("in pieces of %d (-want +got):\n%s", piece, diff)
				}
			}
		})
	}
}

func TestLinesInPlace(t *testing.T) {
	in := []byte("first\nsecond\nthird")
	f := newFramer(&Options{MaxRecordBytes: 64})
	c := f.next(in, make([]uint32, 0, 8))
	if &c.data[0] != &in[0] || string(c.data) != "first\nsecond\n" {
		t.Errorf("data = %q, not the start of the input", c.data)
	}
	if cap(c.data) != len(c.data) {
		t.Errorf("data has capacity %d, want %d: an append would change the rest", cap(c.data), len(c.data))
	}
	if got := string(in[c.rest:]); got != "third" {
		t.Errorf("rest = %q, want third", got)
	}
}

func TestFramingErrorSaysLittle(t *testing.T) {
	f := newFramer(&Options{Framing: OctetCounted, MaxRecordBytes: 64})
	c := f.next([]byte("password=hunter2"), make([]uint32, 0, 8))
	if !errors.Is(c.err, errFraming) {
		t.Fatalf("error = %v, want errFraming", c.err)
	}
	if got, want := c.err.Error(), "byte 0x70 where the length of a record should be"; got != want {
		t.Errorf("error = %q, want %q", got, want)
	}
}

func TestFramingAllocatesNothing(t *testing.T) {
	line := strings.Repeat("x", 99)
	var octets bytes.Buffer
	for range 600 {
		fmt.Fprintf(&octets, "%d %s", len(line), line)
	}
	for name, test := range map[string]struct {
		o     Options
		input string
	}{
		"LF":     {Options{}, strings.Repeat(line+"\n", 600)},
		"CRLF":   {Options{}, strings.Repeat(line+"\r\n", 600)},
		"octets": {Options{Framing: OctetCounted}, octets.String()},
		"large":  {Options{MaxRecordBytes: 50}, strings.Repeat(line+"\n", 600)},
	} {
		t.Run(name, func(t *testing.T) {
			o := test.o.withDefaults()
			f := newFramer(&o)
			in, sizes := make([]byte, len(test.input)), make([]uint32, 0, maxRecordsPerGroup)
			records := 0
			allocs := testing.AllocsPerRun(20, func() {
				copy(in, test.input)
				records = 0
				for rest, more := in, true; more; {
					c := f.next(rest, sizes)
					records += len(c.sizes)
					rest, more = rest[c.rest:], c.more
				}
			})
			if records != 600 {
				t.Errorf("records = %d, want 600", records)
			}
			if allocs != 0 {
				t.Errorf("allocations = %v for 600 records, want 0", allocs)
			}
		})
	}
}
