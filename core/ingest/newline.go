package ingest

import "bytes"

// lineFramer cuts at LF and takes one CR before it as part of the terminator. Empty lines are no records.
type lineFramer struct {
	max  int
	drop bool
	// skipping says that the input goes on within a record above the limit that was dealt with already.
	skipping bool
	// searched is how many bytes at the start of the input hold no LF, so that none is searched twice.
	searched int
}

func (f *lineFramer) next(in []byte, sizes []uint32) cut {
	var c cut
	if f.skipping {
		i := bytes.IndexByte(in, '\n')
		if i < 0 {
			return cut{rest: len(in)}
		}
		f.skipping, c.rest = false, i+1
	}
	// The records lie in in[start:end]. A line is moved only after a CR or a line before it was taken out, so lines
	// that end in LF stay where they are.
	start, end := c.rest, c.rest
	c.more = true
	for c.more && len(sizes) < cap(sizes) {
		line := in[c.rest:]
		size, width := f.line(line)
		switch {
		case width == 0:
			c.more = false
		case size > f.max && !f.drop && len(sizes) > 0:
			// A truncated record is a group of its own, the next one.
			f.searched = width - 1
			c.sizes, c.data = sizes, in[start:end:end]
			return c
		case size > f.max:
			f.searched, f.skipping = 0, line[width-1] != '\n'
			c.rest += width
			if f.drop {
				c.dropped++
				continue
			}
			t := only(line, sizes, f.max)
			t.truncated, t.rest, t.more = true, c.rest, true
			return t
		case size > 0:
			if len(sizes) == 0 {
				start, end = c.rest, c.rest
			}
			if end != c.rest {
				copy(in[end:], line[:size])
			}
			in[end+size] = '\n'
			end += size + 1
			sizes = append(sizes, uint32(size))
		}
		c.rest += width
	}
	c.sizes, c.data = sizes, in[start:end:end]
	return c
}

// line measures the first line of in: size is without its terminator, width with it. width is 0 when the line's end
// has not come yet, unless the line is above the limit wherever it ends: then it is all of in.
func (f *lineFramer) line(in []byte) (size, width int) {
	i := bytes.IndexByte(in[f.searched:], '\n')
	if i < 0 {
		f.searched = len(in)
		if size = len(in); size == 0 {
			return 0, 0
		}
		if size > f.max+1 || size == f.max+1 && in[f.max] != '\r' {
			return size, size
		}
		return 0, 0
	}
	size = f.searched + i
	f.searched = 0
	width = size + 1
	if size > 0 && in[size-1] == '\r' {
		size--
	}
	return size, width
}

func (f *lineFramer) finish(in []byte, sizes []uint32) cut {
	switch {
	case len(in) == 0:
		return cut{}
	case len(in) <= f.max:
		c := only(in[:len(in)+1], sizes, len(in))
		c.rest = len(in)
		return c
	case f.drop:
		return cut{dropped: 1, rest: len(in)}
	}
	c := only(in, sizes, f.max)
	c.truncated, c.rest = true, len(in)
	return c
}
