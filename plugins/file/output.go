package file

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// errForeign says that what is in the file can't be told from what another process wrote.
var errForeign = errors.New("another process writes to the file too")

// maxIovecs is the most buffers one writev takes on Linux and macOS.
const maxIovecs = 1024

// output is the open file. Its methods are called under the destination's mutex.
type output struct {
	disk disk
	file *os.File
	// id tells the file from others.
	id identity
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
	// named: the file's name is as durable as its content.
	named bool
	// unlocked: its file system has no locks.
	unlocked bool
	// folders are those made for it, outermost first.
	folders []string
}

// openOutput opens or makes the file for appending and locks it.
func openOutput(d disk, path string, mode os.FileMode, now time.Time) (*output, error) {
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
		o, err := openResolved(d, resolved, mode, now)
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

func openResolved(d disk, path string, mode os.FileMode, now time.Time) (_ *output, err error) {
	// O_NONBLOCK: should the path have become a FIFO meanwhile, its opening does not wait for a reader.
	const flags = os.O_RDWR | os.O_APPEND | unix.O_NOFOLLOW | unix.O_NONBLOCK
	o := &output{disk: d, path: path}
	o.file, err = d.open(path, flags|os.O_CREATE|os.O_EXCL, mode)
	switch {
	case err == nil:
		o.made = true
	case errors.Is(err, os.ErrExist):
		o.file, err = d.open(path, flags, 0)
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
	made, ok := madeAt(o.file, info)
	o.id = newIdentity(info, made, ok)
	if !ok {
		made = info.ModTime()
	}
	if o.size > 0 {
		o.birth = made
	}
	return o, nil
}

// newIdentity tells a file by what is known of it; known: so is when it was made.
func newIdentity(info os.FileInfo, made time.Time, known bool) (id identity) {
	if known {
		id.made = made.UnixNano()
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		id.inode = st.Ino
	}
	return id
}

// identityOf returns what tells an open file from others.
func identityOf(file *os.File) (identity, error) {
	info, err := file.Stat()
	if err != nil {
		return identity{}, err
	}
	made, ok := madeAt(file, info)
	return newIdentity(info, made, ok), nil
}

// truncate cuts the file to size, which is not above its own.
func (o *output) truncate(size int64) error {
	if err := o.disk.truncate(o.file, size); err != nil {
		return fmt.Errorf("truncate %s: %w", o.path, err)
	}
	o.size = size
	return nil
}

// endsLine reports whether a line ends at the given size, which is not above the file's.
func (o *output) endsLine(size int64) bool {
	var last [1]byte
	if size == 0 {
		return true
	}
	_, err := o.file.ReadAt(last[:], size-1)
	return err == nil && last[0] == '\n'
}

// isAt reports whether the file is the one that path names.
func (o *output) isAt(path string) (bool, error) {
	have, err := o.file.Stat()
	if err != nil {
		return false, err
	}
	there, err := o.disk.stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(have, there), err
}

// checkLinked returns errRemoved when no name leads to the file.
func (o *output) checkLinked() error { return checkLinked(o.file) }

func checkLinked(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Nlink == 0 {
		return errRemoved
	}
	return nil
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
			if _, err := o.writeAll([][]byte{{'\n'}}); err != nil {
				return err
			}
			o.size = o.end(o.size + 1)
		}
	}
	o.torn = false
	return nil
}

// append writes bufs, all or nothing: what was written of a failed write is cut off again, so that its repetition
// doubles no line. It consumes bufs. expected is what the file's size would be if nobody else had changed it.
func (o *output) append(bufs [][]byte) (expected int64, err error) {
	if err := o.endLine(); err != nil {
		return 0, err
	}
	n, err := o.writeAll(bufs)
	o.size += n
	if err == nil {
		expected = o.size
		o.size = o.end(expected)
		return expected, nil
	}
	if cutErr := o.cut(n); cutErr != nil {
		return 0, fmt.Errorf("%w; the first %d bytes of it stay in the file and will be written again: %w", err, n, cutErr)
	}
	return 0, err
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
		return errForeign
	}
	if err := o.disk.truncate(o.file, end-n); err != nil {
		return err
	}
	o.size = end - n
	return nil
}

// end returns where the last write ended, which is not where it should have when somebody else changes the file; that
// is expected when the system does not know.
func (o *output) end(expected int64) int64 {
	at, err := unix.Seek(int(o.file.Fd()), 0, io.SeekCurrent)
	if err != nil {
		return expected
	}
	return at
}

// writeAll writes bufs in as few calls as possible, and returns how many bytes it wrote. It consumes bufs.
func (o *output) writeAll(bufs [][]byte) (int64, error) {
	var total int64
	for len(bufs) > 0 {
		n, err := o.disk.write(o.file, bufs[:min(len(bufs), maxIovecs)])
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
