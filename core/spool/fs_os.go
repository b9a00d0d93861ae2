package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// osDirectory is a fileSystem on the disk.
type osDirectory string

// openDirectory returns the directory, which it makes, mode 0700, unless it is there.
func openDirectory(path string) (osDirectory, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return "", err
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if info.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(path, 0o700); err != nil {
			return "", err
		}
	}
	return osDirectory(path), nil
}

func (d osDirectory) path(name string) string { return filepath.Join(string(d), name) }

func (d osDirectory) List(folder string) ([]found, error) {
	entries, err := os.ReadDir(d.path(folder))
	if err != nil {
		return nil, err
	}
	all := make([]found, 0, len(entries))
	for _, e := range entries {
		f := found{name: e.Name(), regular: e.Type().IsRegular(), folder: e.IsDir()}
		if info, err := e.Info(); err == nil {
			f.size = info.Size()
		}
		all = append(all, f)
	}
	return all, nil
}

func (d osDirectory) Create(name string) (file, error) {
	return d.open(name, os.O_RDWR|os.O_CREATE|os.O_EXCL)
}

func (d osDirectory) Open(name string) (file, error) {
	return d.open(name, os.O_RDWR)
}

// open never waits for the other end of a pipe and never follows a symbolic link.
func (d osDirectory) open(name string, flags int) (file, error) {
	f, err := os.OpenFile(d.path(name), flags|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if !info.Mode().IsRegular() {
		return nil, errors.Join(&fs.PathError{Op: "open", Path: d.path(name), Err: errors.New("not a regular file")}, f.Close())
	}
	return osFile{f}, nil
}

func (d osDirectory) Rename(from, to string) error { return os.Rename(d.path(from), d.path(to)) }

func (d osDirectory) Remove(name string) error { return os.Remove(d.path(name)) }

func (d osDirectory) MakeFolder(name string) error {
	if err := os.Mkdir(d.path(name), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

func (d osDirectory) SyncFolder(name string) error {
	f, err := os.Open(d.path(name))
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (d osDirectory) Space() (free, total int64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(string(d), &s); err != nil {
		return 0, 0, &fs.PathError{Op: "statfs", Path: string(d), Err: err}
	}
	block := int64(s.Bsize) //nolint:unconvert // it is 32 bits wide on other systems
	return int64(s.Bavail) * block, int64(s.Blocks) * block, nil
}

func (d osDirectory) Lock(name string) (release func() error, err error) {
	f, err := os.OpenFile(d.path(name), os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = errLocked
		}
		return nil, errors.Join(fmt.Errorf("lock %s: %w", f.Name(), err), f.Close())
	}
	return f.Close, nil
}

func (d osDirectory) Whereabouts() whereabouts {
	var w whereabouts
	if b, err := os.ReadFile("/etc/machine-id"); err == nil {
		w.machine = strings.TrimSpace(string(b))
	}
	w.host, _ = os.Hostname()
	var s unix.Stat_t
	if unix.Stat(string(d), &s) == nil {
		w.inode = s.Ino
	}
	return w
}

// readOnlyDirectory is a directory that is only looked at.
type readOnlyDirectory struct{ osDirectory }

func (d readOnlyDirectory) Open(name string) (file, error) {
	return d.open(name, os.O_RDONLY)
}

// osFile is a file on the disk.
type osFile struct{ *os.File }

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Allocate falls back on a file with holes where the file system can't allocate.
func (f osFile) Allocate(size int64) error {
	err := allocate(f.File, size)
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) {
		return f.Truncate(size)
	}
	if err != nil {
		return &fs.PathError{Op: "allocate", Path: f.Name(), Err: err}
	}
	return nil
}

func (f osFile) Sync() error {
	if err := syncData(f.File); err != nil {
		return &fs.PathError{Op: "sync", Path: f.Name(), Err: err}
	}
	return nil
}

func (f osFile) SyncAll() error { return f.File.Sync() }
