package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhereAFileCanBeWritten(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "there.log"), "x")
	write(t, filepath.Join(dir, "closed.log"), "x")
	locked := filepath.Join(dir, "locked")
	if err := os.Mkdir(locked, 0o500); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "closed.log"), 0o400); err != nil {
		t.Fatal(err)
	}
	root := os.Geteuid() == 0 // for whom permissions mean nothing
	for path, want := range map[string]string{
		"new.log":             "",
		"there.log":           "",
		"a/b/new.log":         "",
		".":                   "is a folder",
		"there.log/new.log":   "not a directory",
		"closed.log":          "permission denied",
		"locked/new.log":      "permission denied",
		"locked/more/new.log": "permission denied",
	} {
		if root && want == "permission denied" {
			continue
		}
		cause, hint := checkWritable(filepath.Join(dir, path))
		if (want == "") != (cause == "") || !strings.Contains(cause, want) || (cause == "") != (hint == "") {
			t.Errorf("checkWritable(%s) = %q, %q, want %q", path, cause, hint, want)
		}
	}
	if cause, _ := checkWritable("/dev/null"); !strings.Contains(cause, "is no regular file") {
		t.Errorf("checkWritable(/dev/null) = %q, want that it is no file", cause)
	}
}
