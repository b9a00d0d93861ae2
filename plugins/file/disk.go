package file

import (
	"os"

	"golang.org/x/sys/unix"
)

// disk is every way in which the destination changes what is on the disk, but for making folders. A test stands in for
// it to make a call fail, or to end the world before or after it.
type disk interface {
	// open opens a file, and makes it if the flags say so.
	open(path string, flag int, mode os.FileMode) (*os.File, error)
	// write is one writev of at most maxIovecs buffers, which it does not consume. It may write less than all.
	write(f *os.File, bufs [][]byte) (int, error)
	// writeAt writes p at an offset of a file that is not open for appending.
	writeAt(f *os.File, p []byte, at int64) error
	truncate(f *os.File, size int64) error
	sync(f *os.File) error
	syncFolder(path string) error
	rename(from, to string) error
	remove(path string) error
}

// realDisk is the machine's.
type realDisk struct{}

func (realDisk) open(path string, flag int, mode os.FileMode) (*os.File, error) {
	return os.OpenFile(path, flag, mode)
}

func (realDisk) write(f *os.File, bufs [][]byte) (int, error) {
	return unix.Writev(int(f.Fd()), bufs)
}

func (realDisk) writeAt(f *os.File, p []byte, at int64) error {
	_, err := f.WriteAt(p, at)
	return err
}

func (realDisk) truncate(f *os.File, size int64) error { return f.Truncate(size) }
func (realDisk) sync(f *os.File) error                 { return f.Sync() }
func (realDisk) syncFolder(path string) error          { return syncFolder(path) }
func (realDisk) rename(from, to string) error          { return os.Rename(from, to) }
func (realDisk) remove(path string) error              { return os.Remove(path) }
