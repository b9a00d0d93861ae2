package deadletter

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// directory is a fileSystem on the disk.
type directory string

// makeDirectory returns the folder of an address, which it makes, with its parent, for their owner alone. A folder that
// it made is durable.
func makeDirectory(root, address string) (directory, error) {
	if address == "" {
		return "", errNoAddress
	}
	path := filepath.Join(root, FolderName(address))
	for _, p := range []string{root, path} {
		err := os.Mkdir(p, 0o700)
		switch {
		case errors.Is(err, fs.ErrExist):
		case err != nil:
			return "", err
		default:
			if err := directory(filepath.Dir(p)).Sync(); err != nil {
				return "", err
			}
		}
		info, err := os.Lstat(p)
		if err != nil {
			return "", err
		}
		if !info.IsDir() && p == path {
			return "", &fs.PathError{Op: "open", Path: p, Err: errors.New("not a folder: move it away, or name the destination otherwise")}
		}
	}
	if err := os.Chmod(path, 0o700); err != nil {
		return "", err
	}
	return directory(path), nil
}

func (d directory) path(name string) string { return filepath.Join(string(d), name) }

func (d directory) List() ([]found, error) {
	entries, err := os.ReadDir(string(d))
	if err != nil {
		return nil, err
	}
	all := make([]found, 0, len(entries))
	for _, e := range entries {
		f := found{name: e.Name(), regular: e.Type().IsRegular()}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed meanwhile
		}
		if err != nil {
			return nil, err
		}
		f.size = info.Size()
		all = append(all, f)
	}
	return all, nil
}

func (d directory) Create(name string) (file, error) {
	return d.open(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL)
}

func (d directory) Append(name string) (file, error) {
	return d.open(name, os.O_WRONLY|os.O_APPEND)
}

func (d directory) Open(name string) (io.ReadCloser, error) {
	return d.open(name, os.O_RDONLY)
}

// open never waits for the other end of a pipe and never follows a symbolic link.
func (d directory) open(name string, flags int) (osFile, error) {
	f, err := os.OpenFile(d.path(name), flags|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return osFile{}, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: d.path(name), Err: errors.New("not a regular file")}
	}
	if err != nil {
		return osFile{}, errors.Join(err, f.Close())
	}
	return osFile{f}, nil
}

func (d directory) Rename(from, to string) error { return os.Rename(d.path(from), d.path(to)) }

func (d directory) Remove(name string) error { return os.Remove(d.path(name)) }

func (d directory) Sync() error {
	f, err := os.Open(string(d))
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (d directory) Lock(name string) (release func() error, err error) {
	f, err := d.open(name, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = ErrLocked
		}
		return nil, errors.Join(fmt.Errorf("lock %s: %w", f.Name(), err), f.Close())
	}
	return f.Close, nil
}

// osFile is a file on the disk.
type osFile struct{ *os.File }

func (f osFile) Sync() error {
	if err := syncData(f.File); err != nil {
		return &fs.PathError{Op: "sync", Path: f.Name(), Err: err}
	}
	return nil
}
