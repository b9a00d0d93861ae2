package deadletter

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// piece is a part of a segment, without its line feed. Its data is valid until scan goes on.
type piece struct {
	data []byte
	// entry is the number of a sound line; 0: the piece is not one.
	entry uint64
	// bare says that the file ends here without a line feed.
	bare bool
}

// unfinished says that the piece is a write which was cut short.
func (p *piece) unfinished() bool { return p.entry == 0 && p.bare }

func (p *piece) damaged() bool { return p.entry == 0 && !p.bare }

// scan reads a segment to its end. Whatever is in it, scan ends. A line that is longer than limit is damaged, and given in
// several pieces.
func scan(r io.Reader, limit int, yield func(piece) error) error {
	in := bufio.NewReaderSize(r, 64<<10)
	var long []byte
	for {
		b, err := in.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) && !errors.Is(err, io.EOF) {
			return err
		}
		line := b
		if len(long) > 0 || err != nil {
			long = append(long, b...)
			line = long
		}
		switch {
		case errors.Is(err, io.EOF):
			return split(line, true, yield)
		case err != nil && len(long) < limit:
			continue
		case err != nil:
			err = yield(piece{data: long})
		default:
			err = split(line[:len(line)-1], false, yield)
		}
		if err != nil {
			return err
		}
		long = long[:0]
	}
}

// split takes a line apart. Mostly it is one sound line; where a line feed was damaged there are several, with something
// between them.
func split(line []byte, last bool, yield func(piece) error) error {
	for len(line) > 0 {
		p := piece{data: line}
		if n := bytes.Index(line[1:], []byte(lineStart)); n >= 0 {
			p.data = line[:n+1]
		}
		// What is up to the next start holds at most one line, which begins it and ends with the first sum.
		if n := bytes.Index(p.data, []byte(sumStart)); n >= 0 && n+sumLen <= len(p.data) {
			if entry, ok := soundLine(p.data[:n+sumLen]); ok {
				p = piece{data: p.data[:n+sumLen], entry: entry}
			}
		}
		line = line[len(p.data):]
		p.bare = last && len(line) == 0
		if err := yield(p); err != nil {
			return err
		}
	}
	return nil
}
