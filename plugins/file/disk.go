package file

import (
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// disk is every way in which the destination looks at what is on the disk by its name, or changes it, but for making the
// folders of a fixed path. A test stands in for it to make a call fail, or to end the world before or after it.
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
	// mkdir makes one folder.
	mkdir(path string, mode os.FileMode) error
	// lstat says what has the name; stat what the name leads to.
	lstat(path string) (os.FileInfo, error)
	stat(path string) (os.FileInfo, error)
	readDir(path string) ([]os.DirEntry, error)
	chtimes(path string, at time.Time) error
}

// contents is what both disks do alike: a file that is open needs no name.
type contents struct{}

func (contents) write(f *os.File, bufs [][]byte) (int, error) {
	return unix.Writev(int(f.Fd()), bufs)
}

func (contents) writeAt(f *os.File, p []byte, at int64) error {
	_, err := f.WriteAt(p, at)
	return err
}

func (contents) truncate(f *os.File, size int64) error { return f.Truncate(size) }
func (contents) sync(f *os.File) error                 { return f.Sync() }

// realDisk is the machine's; it takes absolute paths.
type realDisk struct{ contents }

func (realDisk) open(path string, flag int, mode os.FileMode) (*os.File, error) {
	return os.OpenFile(path, flag, mode)
}
func (realDisk) syncFolder(path string) error               { return syncFolder(path) }
func (realDisk) rename(from, to string) error               { return os.Rename(from, to) }
func (realDisk) remove(path string) error                   { return os.Remove(path) }
func (realDisk) mkdir(path string, mode os.FileMode) error  { return os.Mkdir(path, mode) }
func (realDisk) lstat(path string) (os.FileInfo, error)     { return os.Lstat(path) }
func (realDisk) stat(path string) (os.FileInfo, error)      { return os.Stat(path) }
func (realDisk) readDir(path string) ([]os.DirEntry, error) { return os.ReadDir(path) }
func (realDisk) chtimes(path string, at time.Time) error    { return os.Chtimes(path, at, at) }

// rootedDisk is what lies below one folder. It takes paths relative to that, and nothing that such a path meets, a
// symbolic link included, leads out of it.
type rootedDisk struct {
	contents
	root *os.Root
}

func (d rootedDisk) open(path string, flag int, mode os.FileMode) (*os.File, error) {
	return d.root.OpenFile(path, flag, mode)
}

func (d rootedDisk) syncFolder(path string) error {
	f, err := d.root.Open(path)
	return syncOpened(f, filepath.Join(d.root.Name(), path), err)
}

func (d rootedDisk) rename(from, to string) error              { return d.root.Rename(from, to) }
func (d rootedDisk) remove(path string) error                  { return d.root.Remove(path) }
func (d rootedDisk) mkdir(path string, mode os.FileMode) error { return d.root.Mkdir(path, mode) }
func (d rootedDisk) lstat(path string) (os.FileInfo, error)    { return d.root.Lstat(path) }
func (d rootedDisk) stat(path string) (os.FileInfo, error)     { return d.root.Lstat(path) } // none of its files is a link
func (d rootedDisk) readDir(path string) ([]os.DirEntry, error) {
	return fs.ReadDir(d.root.FS(), path)
}
func (d rootedDisk) chtimes(path string, at time.Time) error { return d.root.Chtimes(path, at, at) }
