package file

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// maxIovecs is the most buffers one writev takes on Linux and macOS.
const maxIovecs = 1024

// output is the open file. Its methods are called under the destination's mutex.
type output struct {
	file *os.File
	// path is where the file is, symbolic links resolved.
	path string
	// size in bytes as of the last look at the file, plus what was written since.
	size int64
	// birth is when the file was made, or got its first records.
	birth time.Time
	// torn: the file may end in the middle of a line, which must not be joined with a record.
	torn bool
	// made: the file did not exist before.
	made bool
	// unlocked: its file system has no locks.
	unlocked bool
	// folders are those made for it, outermost first.
	folders []string
}

// openOutput opens or makes the file for appending, locks it, and ends its last line.
func openOutput(path string, mode os.FileMode, now time.Time) (*output, error) {
	folders, err := makeFolder(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	// Somebody may rename or remove the file between its opening and its locking.
	const attempts = 5
	for range attempts {
		resolved, err := resolve(path)
		if err != nil {
			return nil, err
		}
		o, err := openResolved(resolved, mode, now)
		if err != nil {
			return nil, err
		}
		if current, err := o.isAt(resolved); err != nil || !current {
			o.file.Close()
			continue
		}
		o.folders = folders
		return o, nil
	}
	return nil, fmt.Errorf("open %s: it is replaced again and again by somebody else", path)
}

func openResolved(path string, mode os.FileMode, now time.Time) (_ *output, err error) {
	// O_NONBLOCK: should the path have become a FIFO meanwhile, its opening does not wait for a reader.
	const flags = os.O_RDWR | os.O_APPEND | unix.O_NOFOLLOW | unix.O_NONBLOCK
	o := &output{path: path}
	o.file, err = os.OpenFile(path, flags|os.O_CREATE|os.O_EXCL, mode)
	switch {
	case err == nil:
		o.made = true
	case errors.Is(err, os.ErrExist):
		o.file, err = os.OpenFile(path, flags, 0)
	}
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			o.file.Close()
		}
	}()
	if o.made {
		if err := o.file.Chmod(mode); err != nil { // the umask took part of it
			return nil, err
		}
	}
	info, err := o.file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, notRegular(path, info.Mode())
	}
	locked, err := lock(o.file)
	if err != nil {
		return nil, err
	}
	o.unlocked = !locked
	if info, err = o.file.Stat(); err != nil { // the last owner of the lock may have written
		return nil, err
	}
	o.size, o.birth, o.torn = info.Size(), now, info.Size() > 0
	if o.size > 0 {
		o.birth = birth(o.file, info)
	}
	return o, o.endLine()
}

// isAt reports whether the file is the one that path names.
func (o *output) isAt(path string) (bool, error) {
	have, err := o.file.Stat()
	if err != nil {
		return false, err
	}
	there, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(have, there), err
}

// endLine appends LF when the file ends in the middle of a line.
func (o *output) endLine() error {
	if !o.torn {
		return nil
	}
	info, err := o.file.Stat()
	if err != nil {
		return err
	}
	o.size = info.Size()
	if o.size > 0 {
		var last [1]byte
		if _, err := o.file.ReadAt(last[:], o.size-1); err != nil {
			return err
		}
		if last[0] != '\n' {
			n, err := o.file.Write([]byte{'\n'})
			o.size += int64(n)
			if err != nil {
				return err
			}
		}
	}
	o.torn = false
	return nil
}

// append writes bufs, all or nothing: what was written of a failed write is cut off again, so that its repetition
// doubles no line. It consumes bufs.
func (o *output) append(bufs [][]byte) error {
	if err := o.endLine(); err != nil {
		return err
	}
	n, err := writeAll(int(o.file.Fd()), bufs)
	o.size += n
	if err == nil {
		return nil
	}
	if cutErr := o.cut(n); cutErr != nil {
		return fmt.Errorf("%w; the first %d bytes of it stay in the file and will be written again: %w", err, n, cutErr)
	}
	return err
}

// cut takes the last n bytes, which were just written, off the file.
func (o *output) cut(n int64) error {
	if n == 0 {
		return nil
	}
	err := o.cutTo(n)
	if err != nil {
		o.torn = true
	}
	return err
}

func (o *output) cutTo(n int64) error {
	info, err := o.file.Stat()
	if err != nil {
		return err
	}
	end := info.Size()
	if end > o.size || end < n {
		// Appended to, or truncated, behind our back: the last n bytes are not known to be ours.
		o.size = end
		return errors.New("somebody else changes the file")
	}
	if err := o.file.Truncate(end - n); err != nil {
		return err
	}
	o.size = end - n
	return nil
}

// writeAll writes bufs to fd in as few calls as possible, and returns how many bytes it wrote. It consumes bufs.
func writeAll(fd int, bufs [][]byte) (int64, error) {
	var total int64
	for len(bufs) > 0 {
		n, err := unix.Writev(fd, bufs[:min(len(bufs), maxIovecs)])
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return total, err
		case n == 0:
			return total, io.ErrShortWrite
		}
		total += int64(n)
		for len(bufs) > 0 && n >= len(bufs[0]) {
			n -= len(bufs[0])
			bufs = bufs[1:]
		}
		if n > 0 {
			bufs[0] = bufs[0][n:]
		}
	}
	return total, nil
}
