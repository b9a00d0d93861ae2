package spool

import (
	"errors"
	"fmt"
	"io"
)

// steadyFile is a file of which a read that fails is tried again, because an error of the disk may pass.
type steadyFile struct{ file }

func (f steadyFile) ReadAt(b []byte, off int64) (n int, err error) {
	const tries = 5
	for range tries {
		if n, err = f.file.ReadAt(b, off); err == nil || errors.Is(err, io.EOF) {
			break
		}
	}
	return n, err
}

// steadyHeader reads a segment's header, also when something beside it can't be read. That there is none it says only of
// a file that can be read.
func steadyHeader(f file, name string) (h segmentHeader, start int64, ok bool, err error) {
	h, start, ok, failed := readHeader(steadyFile{f}, name)
	if failed == nil {
		return h, start, ok, nil
	}
	if h, start, ok, err = readHeader(patchedFile{f}, name); ok || err != nil {
		return h, start, ok, err
	}
	return h, 0, false, unreadable(name, failed)
}

// unreadable says what to do about a segment without which the spool can't be opened.
func unreadable(name string, err error) error {
	return fmt.Errorf("segment %s can't be read, and is left as it is: try again when its disk is well; "+
		"if the error stays, put a copy of what can be read (ddrescue makes one) in its place, "+
		"or move it out of the directory, which loses its records: %w", name, err)
}
