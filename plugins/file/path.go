package file

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// maxLinks bounds the symbolic links followed from one path, as the kernel does.
const maxLinks = 40

// unusableError says why a path can't be the output until somebody changes it.
type unusableError struct {
	path, reason string
}

func (e *unusableError) Error() string { return e.path + " " + e.reason }

// resolve follows the symbolic links that path itself may be, so that rotation happens where the file is, and refuses
// what is no regular file. A link is followed because people place them on purpose; in a folder that everyone may write to
// it must be our own or root's, or another user could choose which of our files is written to. The file need not exist.
func resolve(path string) (string, error) {
	for range maxLinks {
		info, err := os.Lstat(path)
		switch {
		case errors.Is(err, os.ErrNotExist):
			return path, nil
		case err != nil:
			return "", err
		case info.Mode().IsRegular():
			return path, nil
		case info.Mode()&os.ModeSymlink == 0:
			return "", notRegular(path, info.Mode())
		}
		if err := checkLink(path, info); err != nil {
			return "", err
		}
		target, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(path), target)
		}
		path = target
	}
	return "", &unusableError{path, "is a chain of too many symbolic links"}
}

func checkLink(path string, link os.FileInfo) error {
	dir, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return err
	}
	if dir.Mode().Perm()&0o002 == 0 {
		return nil
	}
	if st, ok := link.Sys().(*syscall.Stat_t); ok && (st.Uid == 0 || int(st.Uid) == os.Geteuid()) {
		return nil
	}
	return &unusableError{path, "is another user's symbolic link in a folder that everyone may write to: use a folder of the router's own"}
}

func notRegular(path string, mode os.FileMode) error {
	kind := "not a regular file"
	switch {
	case mode.IsDir():
		kind = "a folder"
	case mode&os.ModeNamedPipe != 0:
		kind = "a FIFO"
	case mode&os.ModeDevice != 0:
		kind = "a device"
	case mode&os.ModeSocket != 0:
		kind = "a socket"
	}
	return &unusableError{path, "is " + kind + ": this destination writes to regular files; choose another path"}
}

// makeFolder makes dir and its missing parents and returns those it made, outermost first.
func makeFolder(dir string) ([]string, error) {
	var missing []string
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(d); err == nil || !errors.Is(err, os.ErrNotExist) || d == filepath.Dir(d) {
			break
		}
		missing = append(missing, d)
	}
	if len(missing) == 0 {
		return nil, nil
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	slices.Reverse(missing)
	for _, d := range missing {
		if err := syncFolder(filepath.Dir(d)); err != nil {
			return missing, err
		}
	}
	return missing, nil
}

// syncFolder makes the names in dir durable, where the file system can do that and we may open the folder.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	return syncOpened(d, dir, err)
}

// syncOpened syncs and closes the folder d, from whose opening err is.
func syncOpened(d *os.File, dir string, err error) error {
	if errors.Is(err, os.ErrPermission) {
		return nil // writing to a folder does not take the right to read it
	}
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return fmt.Errorf("sync folder %s: %w", dir, err)
	}
	return nil
}
