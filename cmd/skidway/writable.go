package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

const permit = "Let the user that runs the router write to it (chown or chmod), or choose another path."

// checkWritable says why a file destination could not write to path, and what to do; nothing when it can. Nothing is
// created: of a folder that is missing the nearest one that exists counts, because the destination makes the others.
func checkWritable(path string) (cause, hint string) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return checkFolder(filepath.Dir(path))
	case err != nil:
		return fmt.Sprintf("the file %s: %s", path, reason(err)), permit
	case info.IsDir():
		return path + " is a folder", "Name a file in it."
	case !info.Mode().IsRegular():
		return path + " is no regular file", "Choose another path."
	}
	if err := unix.Access(path, unix.W_OK); err != nil {
		return fmt.Sprintf("the file %s: %v", path, err), permit
	}
	return checkFolder(filepath.Dir(path)) // for rotation, and for what is kept beside the file
}

func checkFolder(dir string) (cause, hint string) {
	for {
		info, err := os.Stat(dir)
		switch {
		case errors.Is(err, fs.ErrNotExist) && dir != filepath.Dir(dir):
			dir = filepath.Dir(dir)
			continue
		case err != nil:
			return fmt.Sprintf("the folder %s: %s", dir, reason(err)), permit
		case !info.IsDir():
			return dir + " is no folder", "Choose another path."
		}
		break
	}
	if err := unix.Access(dir, unix.W_OK|unix.X_OK); err != nil {
		return fmt.Sprintf("the folder %s: %v", dir, err), permit
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
