package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRuntimeDir(t *testing.T) {
	base := shortTemp(t)
	own, temp := filepath.Join(base, "own"), filepath.Join(base, "tmp")
	for _, dir := range []string{own, temp} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	fallback := filepath.Join(temp, fmt.Sprintf("skidway-%d", os.Geteuid()))
	for name, test := range map[string]struct{ service, user, temp, want string }{
		"the service manager's":       {"/run/skidway:/run/other", own, temp, "/run/skidway/plugins"},
		"the user's":                  {"", own, temp, filepath.Join(own, "skidway")},
		"the user's does not exist":   {"", filepath.Join(base, "absent"), temp, fallback},
		"the user's is too long":      {"", filepath.Join(own, strings.Repeat("x", 60)), temp, fallback},
		"no user's":                   {"", "", temp, fallback},
		"neither":                     {"", "", filepath.Join(base, "absent"), ""},
		"no temporary one that works": {"", "", filepath.Join(temp, strings.Repeat("x", 60)), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("RUNTIME_DIRECTORY", test.service)
			t.Setenv("XDG_RUNTIME_DIR", test.user)
			t.Setenv("TMPDIR", test.temp)
			got, err := runtimeDir()
			if got != test.want || (err == nil) != (test.want != "") {
				t.Errorf("runtimeDir() = %q, %v, want %q", got, err, test.want)
			}
		})
	}
}
