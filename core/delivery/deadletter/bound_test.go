package deadletter

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOpenRefusesNumbersAtTheBound has a name or a line whose number leaves none for what is put next: it would be
// acknowledged and never read.
func TestOpenRefusesNumbersAtTheBound(t *testing.T) {
	letter := letterAt(2, "made up")
	line, err := appendLine(nil, maxEntry-1, &letter)
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(dir string) error{
		"in the name of a folder": func(dir string) error {
			return os.Mkdir(filepath.Join(dir, segmentName(maxEntry)), 0o700)
		},
		"in the name of a segment": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, segmentName(maxEntry)), nil, 0o600)
		},
		"in a line": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, segmentName(2)), line, 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			s, err := Open(root, address, Options{})
			if err != nil {
				t.Fatal(err)
			}
			put(t, s, letterAt(1, "a"))
			closeStore(t, s)
			if err := spoil(filepath.Join(root, FolderName(address))); err != nil {
				t.Fatal(err)
			}
			if s, err = Open(root, address, Options{}); err == nil {
				closeStore(t, s)
				t.Fatal("Open = nil, want an error")
			}
			if !strings.Contains(err.Error(), "move it to another folder") {
				t.Errorf("Open = %v, which does not say what to do", err)
			}
			if _, err := Open(root, address, Options{}); strings.Contains(err.Error(), ErrLocked.Error()) {
				t.Errorf("Open = %v: the refused one holds the lock", err)
			}
		})
	}
}
