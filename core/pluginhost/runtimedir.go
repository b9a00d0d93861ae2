package pluginhost

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// socketDirPrefix is what the handshake library calls a plugin's directory.
	socketDirPrefix = "plugin-dir"
	// ownerFile in it is locked as long as the router lives that made the directory.
	ownerFile = "owner"
	// unownedAge is how old a directory without an owner's file has to be before it counts as left behind: another router
	// may be about to make the file.
	unownedAge = time.Minute
)

// prepareRuntimeDir makes dir where it is missing and refuses one that others can write to or that is too long.
func prepareRuntimeDir(dir string) error {
	if n := maxRuntimeDir(); len(dir) > n {
		return fmt.Errorf("runtime directory %s has %d bytes, and a socket's path leaves room for %d: choose a shorter one", dir, len(dir), n)
	}
	if !filepath.IsAbs(dir) || filepath.Clean(dir) != dir {
		return fmt.Errorf("runtime directory %q is not an absolute, clean path", dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make runtime directory: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("check runtime directory: %w", err)
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || info.Mode().Perm()&0o077 != 0 || !ok || int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("runtime directory %s has to be a directory of this user's own with mode 0700, not %s", dir, info.Mode())
	}
	return nil
}

// lockSocketDir marks dir as in use by this process. The caller closes the file. The file has its name only once it is
// locked, or another router that starts meanwhile could take the directory for one that was left behind.
func lockSocketDir(dir string) (*os.File, error) {
	path := filepath.Join(dir, ownerFile)
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("mark socket directory: %w", err)
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock socket directory: %w", err)
	}
	return f, nil
}

// sweepRuntimeDir removes the socket directories in dir whose router is gone. One that it can't remove is left.
func sweepRuntimeDir(dir string, now time.Time) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read runtime directory: %w", err)
	}
	var errs []error
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if e.IsDir() && strings.HasPrefix(e.Name(), socketDirPrefix) && leftBehind(path, now) {
			errs = append(errs, os.RemoveAll(path))
		}
	}
	return errors.Join(errs...)
}

func leftBehind(dir string, now time.Time) bool {
	f, err := os.OpenFile(filepath.Join(dir, ownerFile), os.O_RDWR|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		info, statErr := os.Lstat(dir)
		return statErr == nil && errors.Is(err, fs.ErrNotExist) && now.Sub(info.ModTime()) > unownedAge
	}
	defer f.Close()
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil
}
