package ingest

import (
	"errors"
	"fmt"
)

// maxLengthDigits bounds the length in front of a record: every length of a record in the limits, with its space, fits.
const maxLengthDigits = 7

// errFraming is what every framingError is.
var errFraming = errors.New("bytes are not in the framing")

// framingError says where a stream left its framing. It quotes at most one byte of the stream.
type framingError struct{ reason string }

func (e *framingError) Error() string        { return e.reason }
func (e *framingError) Is(target error) bool { return target == errFraming }

// octetFramer cuts by RFC 6587 section 3.4.1: a decimal length without leading zeros, one space, the record. It never
// guesses: a stream that leaves the framing is at its end, since nothing says where the next record would begin.
type octetFramer struct {
	max  int
	drop bool
	// skip is how many bytes at the start of the input still belong to a record above the limit that was dealt with.
	skip int
}

func (f *octetFramer) next(in []byte, sizes []uint32) cut {
	c := cut{rest: min(f.skip, len(in))}
	f.skip -= c.rest
	// The records lie in in[start:end]. Each is moved down over its own length, which makes room for its LF.
	start, end := c.rest, c.rest
	for len(sizes) < cap(sizes) && c.rest < len(in) {
		frame := in[c.rest:]
		size, header, err := frameLength(frame)
		held := len(frame) - header
		switch {
		case err != nil || header == 0:
			c.sizes, c.data, c.err = sizes, in[start:end:end], err
			return c
		case size > f.max && f.drop:
			c.dropped++
			f.skip = size - min(size, held)
			c.rest += header + min(size, held)
			continue
		case size > f.max && held >= f.max && len(sizes) == 0:
			copy(frame, frame[header:header+f.max])
			t := only(frame, sizes, f.max)
			f.skip = size - f.max
			t.truncated, t.rest, t.more = true, c.rest+header+f.max, true
			return t
		case size > f.max, size > held:
			// Not all here, or a truncated record, which is a group of its own.
			c.sizes, c.data, c.more = sizes, in[start:end:end], size > f.max && held >= f.max
			return c
		}
		if len(sizes) == 0 {
			start, end = c.rest, c.rest
		}
		copy(in[end:], frame[header:header+size])
		in[end+size] = '\n'
		end += size + 1
		sizes = append(sizes, uint32(size))
		c.rest += header + size
	}
	c.sizes, c.data, c.more = sizes, in[start:end:end], c.rest < len(in)
	return c
}

// frameLength reads the length and the space at the start of in, which is not empty. header is their width, 0 when they
// are not all there yet.
func frameLength(in []byte) (size, header int, err error) {
	for i, b := range in {
		switch {
		case b == ' ' && i > 0:
			return size, i + 1, nil
		case b < '0' || b > '9':
			return 0, 0, &framingError{fmt.Sprintf("byte 0x%02x where the length of a record should be", b)}
		case i == 0 && b == '0':
			return 0, 0, &framingError{"the length of a record starts with 0"}
		case i == maxLengthDigits:
			return 0, 0, &framingError{fmt.Sprintf("the length of a record has more than %d digits", maxLengthDigits)}
		}
		size = size*10 + int(b-'0')
	}
	return 0, 0, nil
}

// finish has nothing to add: a record whose length says that more should come is unfinished.
func (f *octetFramer) finish([]byte, []uint32) cut { return cut{} }
