package pluginhost

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// CheckFile refuses the executable of a local plugin that another user could have written: it has to belong to root or
// to the router's user, and neither it nor its folder may be writable for everyone. A symbolic link is followed. The
// error says what to do.
func CheckFile(path string) error {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("check plugin: %w", err)
	}
	info, err := os.Stat(real)
	if err != nil {
		return fmt.Errorf("check plugin: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("check plugin: %s is no regular file; name the executable", path)
	}
	if err := checkOwned(real, info); err != nil {
		return err
	}
	folder := filepath.Dir(real)
	info, err = os.Stat(folder)
	if err != nil {
		return fmt.Errorf("check plugin: %w", err)
	}
	if info.Mode()&fs.ModeSticky != 0 { // there others can't replace what is not theirs
		return nil
	}
	return checkOwned(folder, info)
}

func checkOwned(path string, info fs.FileInfo) error {
	if info.Mode().Perm()&0o002 != 0 {
		return fmt.Errorf("check plugin: everyone can write to %s; forbid it: chmod o-w %s", path, path)
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || st.Uid != 0 && int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("check plugin: %s belongs to neither root nor the router's user; change its owner", path)
	}
	return nil
}
