package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// permit says what to do about a folder that can't be used.
func permit(path string, err error) string {
	hint := "Let the user that runs the router write to it (chown or chmod), or choose another path."
	_, missing := os.Lstat(path)
	switch {
	case errors.Is(err, unix.EROFS):
		hint = "It is mounted read-only: choose another path, or mount it for writing."
	case errors.Is(missing, fs.ErrNotExist) && plainPath.MatchString(path):
		hint = "Make the folder for the user that runs the router (install -d -m 0750 -o USER " + path + "), or choose another path."
	}
	return strings.TrimSuffix(hint+" "+dropIn(path, err), " ")
}

// plainPath matches what needs no quotes, neither in a shell nor in a unit.
var plainPath = regexp.MustCompile(`^/[A-Za-z0-9_./+-]*$`)

// dropIn is what a unit of systemd needs so that the router can write to a path, as a command to paste. It is empty when
// the error has another cause, on other systems, and for a path that a unit would read otherwise.
func dropIn(path string, err error) string {
	if runtime.GOOS != "linux" || !errors.Is(err, unix.EROFS) && !errors.Is(err, unix.EACCES) || !plainPath.MatchString(path) {
		return ""
	}
	line := "ReadWritePaths=" + path
	for folder, setting := range map[string]string{"/var/lib/": "StateDirectory=", "/var/log/": "LogsDirectory="} {
		if name, ok := strings.CutPrefix(filepath.Clean(path), folder); ok {
			line = setting + name
		}
	}
	return fmt.Sprintf(`A service of systemd gets it by a drop-in: mkdir -p /etc/systemd/system/skidway.service.d && `+
		`printf '[Service]\n%s\n' > /etc/systemd/system/skidway.service.d/writable.conf && systemctl daemon-reload && systemctl restart skidway`, line)
}

// checkWritable says why a file destination could not write to path, and what to do; nothing when it can. Nothing is
// created: of a folder that is missing the nearest one that exists counts, because the destination makes the others.
func checkWritable(path string) (cause, hint string) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return checkFolder(filepath.Dir(path))
	case err != nil:
		return fmt.Sprintf("the file %s: %s", path, reason(err)), permit(filepath.Dir(path), err)
	case info.IsDir():
		return path + " is a folder", "Name a file in it."
	case !info.Mode().IsRegular():
		return path + " is no regular file", "Choose another path."
	}
	if err := unix.Access(path, unix.W_OK); err != nil {
		return fmt.Sprintf("the file %s: %v", path, err), permit(filepath.Dir(path), err)
	}
	return checkFolder(filepath.Dir(path)) // for rotation, and for what is kept beside the file
}

func checkFolder(wanted string) (cause, hint string) {
	dir := wanted
	for {
		info, err := os.Stat(dir)
		switch {
		case errors.Is(err, fs.ErrNotExist) && dir != filepath.Dir(dir):
			dir = filepath.Dir(dir)
			continue
		case err != nil:
			return fmt.Sprintf("the folder %s: %s", dir, reason(err)), permit(wanted, err)
		case !info.IsDir():
			return dir + " is no folder", "Choose another path."
		}
		break
	}
	if err := unix.Access(dir, unix.W_OK|unix.X_OK); err != nil {
		return fmt.Sprintf("the folder %s: %v", dir, err), permit(wanted, err)
	}
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err == nil && st.Blocks > 0 && st.Bavail == 0 {
		return "the disk of " + dir + " is full", "Make room, or choose another path."
	}
	return "", ""
}

// reason is the cause of a file error without its path.
func reason(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}

// sentence makes the text of an error stand alone.
func sentence(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}
