package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

const runtimeDirHint = "Set XDG_RUNTIME_DIR or TMPDIR to a folder with a short path that the router's user can write to."

// maxRuntimeDir bounds the folder's path, in bytes: a socket's path on macOS has 104, on Linux 108, and the plugin's part
// of it needs the rest.
const maxRuntimeDir = 65

// runtimeDir is where sockets of plugins are made, a folder that exists or can be made: the service manager's, or else
// the user's, or else one under the temporary folder. The user's is passed over when it can't be used, because it often
// is somebody else's: su and sudo leave XDG_RUNTIME_DIR as it was.
func runtimeDir() (string, error) {
	if dir := os.Getenv("RUNTIME_DIRECTORY"); dir != "" {
		first, _, _ := strings.Cut(dir, ":")
		return filepath.Join(first, "plugins"), nil
	}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		if dir = filepath.Join(dir, "skidway"); usableRuntimeDir(dir) == nil {
			return dir, nil
		}
	}
	dir, err := filepath.Abs(filepath.Join(os.TempDir(), fmt.Sprintf("skidway-%d", os.Geteuid())))
	if err == nil {
		err = usableRuntimeDir(dir)
	}
	if err != nil {
		return "", fmt.Errorf("no folder for the sockets of plugins: %w", err)
	}
	return dir, nil
}

// usableRuntimeDir says why sockets can't be made in dir.
func usableRuntimeDir(dir string) error {
	if len(dir) > maxRuntimeDir {
		return fmt.Errorf("%s is longer than %d bytes", dir, maxRuntimeDir)
	}
	existing := dir
	if _, err := os.Lstat(dir); err != nil {
		existing = filepath.Dir(dir)
	}
	if err := unix.Access(existing, unix.W_OK|unix.X_OK); err != nil {
		if errors.Is(err, unix.ENOENT) {
			return fmt.Errorf("%s does not exist", existing)
		}
		return fmt.Errorf("%s: %w", existing, err)
	}
	return nil
}
