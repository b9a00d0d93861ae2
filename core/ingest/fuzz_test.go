package ingest

import (
	"bytes"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// referenceLines says what newline framing means, in the plainest way.
func referenceLines(input []byte, limit int, drop bool) framed {
	var r framed
	lines := bytes.SplitAfter(input, []byte("\n"))
	for _, line := range lines {
		if rest, ok := bytes.CutSuffix(line, []byte("\n")); ok {
			line = bytes.TrimSuffix(rest, []byte("\r"))
		}
		r.take(line, limit, drop)
	}
	return r
}

// take takes a whole record, unless it is empty.
func (r *framed) take(line []byte, limit int, drop bool) {
	switch {
	case len(line) == 0:
	case len(line) <= limit:
		r.Records = append(r.Records, string(line))
	case drop:
		r.Dropped++
	default:
		r.Truncated = append(r.Truncated, len(r.Records))
		r.Records = append(r.Records, string(line[:limit]))
	}
}

// referenceOctets says what octet-counted framing means.
func referenceOctets(input []byte, limit int, drop bool) framed {
	var r framed
	for len(input) > 0 {
		digits := 0
		for digits < len(input) && input[digits] >= '0' && input[digits] <= '9' {
			digits++
		}
		if input[0] == '0' || digits > 7 || digits == 0 {
			r.Err = true
			return r
		}
		if digits == len(input) {
			r.Unfinished = true
			return r
		}
		if input[digits] != ' ' {
			r.Err = true
			return r
		}
		size, _ := strconv.Atoi(string(input[:digits]))
		input = input[digits+1:]
		if size > len(input) {
			switch {
			case size <= limit || !drop && len(input) < limit:
				r.Unfinished = true
			case drop:
				r.Dropped++
			default:
				r.take(append(slices.Clone(input), make([]byte, size-len(input))...), limit, drop)
			}
			return r
		}
		r.take(input[:size], limit, drop)
		input = input[size:]
	}
	return r
}

// fuzzFraming compares a framer, fed in pieces that splits gives the lengths of, with its reference.
func fuzzFraming(t *testing.T, framing Framing, input, splits []byte, limit uint8, drop bool) {
	o := Options{Framing: framing, MaxRecordBytes: int(limit%64) + 1}
	if drop {
		o.Oversize = Drop
	}
	reference := referenceLines
	if framing == OctetCounted {
		reference = referenceOctets
	}
	want := reference(input, o.MaxRecordBytes, drop)
	at := 0
	got := feed(t, newFramer(&o), slices.Clone(input), make([]uint32, 0, 1+int(limit%3)), func() int {
		if len(splits) == 0 {
			return len(input)
		}
		at++
		return int(splits[at%len(splits)])
	})
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("limit %d, drop %v (-reference +framer):\n%s", o.MaxRecordBytes, drop, diff)
	}
}

func FuzzNewline(f *testing.F) {
	for _, input := range []string{
		"a\nb\r\n\n\r\nlast", "forged\n0123456789abcdef\nafter\n", "\r\r\n\x00\xff\n", "01234567\r", "01234567\r\n01234567\rx\n",
	} {
		for _, drop := range []bool{false, true} {
			f.Add([]byte(input), []byte{1}, uint8(7), drop)
			f.Add([]byte(input), []byte{3, 1, 9}, uint8(2), drop)
			f.Add([]byte(input), []byte{}, uint8(63), drop)
		}
	}
	f.Fuzz(func(t *testing.T, input, splits []byte, limit uint8, drop bool) {
		fuzzFraming(t, Newline, input, splits, limit, drop)
	})
}

func FuzzOctetCounted(f *testing.F) {
	for _, input := range []string{
		"1 a2 bc3 d\ne", "14 forged 1 x 21 b1 c", "9 012345678", "12 short", "0 ", "12345678 x", "1 a\n1 b", "<13>text", "7",
	} {
		for _, drop := range []bool{false, true} {
			f.Add([]byte(input), []byte{1}, uint8(7), drop)
			f.Add([]byte(input), []byte{4, 1, 2}, uint8(2), drop)
			f.Add([]byte(input), []byte{}, uint8(63), drop)
		}
	}
	f.Fuzz(func(t *testing.T, input, splits []byte, limit uint8, drop bool) {
		fuzzFraming(t, OctetCounted, input, splits, limit, drop)
	})
}
