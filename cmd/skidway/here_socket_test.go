package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skidway/skidway/core/config"
)

func TestAdminSocketHere(t *testing.T) {
	t.Setenv("RUNTIME_DIRECTORY", "")
	dir := shortTemp(t)
	write(t, filepath.Join(dir, "file"), "x")
	var lc net.ListenConfig
	ln, err := lc.Listen(t.Context(), "unix", filepath.Join(dir, "there.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	long := "/" + strings.Repeat("a", maxSocketPath)
	for name, c := range map[string]struct {
		router config.Router
		want   string
	}{
		"nothing said":                {config.Router{}, ""},
		"new":                         {config.Router{Admin: config.Admin{Socket: filepath.Join(dir, "new.sock")}}, ""},
		"of a router that runs":       {config.Router{Admin: config.Admin{Socket: filepath.Join(dir, "there.sock")}}, ""},
		"where a file is":             {config.Router{Admin: config.Admin{Socket: filepath.Join(dir, "file")}}, "there is something that is no socket"},
		"in no folder":                {config.Router{Admin: config.Admin{Socket: filepath.Join(dir, "no", "a.sock")}}, "no such file or directory"},
		"longer than a socket's path": {config.Router{Admin: config.Admin{Socket: long}}, "is longer than the "},
		"longer by data_dir":          {config.Router{DataDir: long[:len(long)-8]}, "The admin socket's path in data_dir is longer than the "},
		"not longer":                  {config.Router{DataDir: dir}, ""},
		"a group that is not there":   {config.Router{Admin: config.Admin{Socket: filepath.Join(dir, "g.sock"), SocketGroup: "no-such-group-here"}}, `There is no group "no-such-group-here" here.`},
	} {
		got := said(checkAdminSocket(&config.Config{Router: c.router}))
		if !strings.Contains(got, c.want) || (c.want == "") != (got == "") {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	t.Setenv("RUNTIME_DIRECTORY", "/run/skidway")
	if got := said(checkAdminSocket(&config.Config{Router: config.Router{DataDir: long[:len(long)-8]}})); got != "" {
		t.Errorf("with RUNTIME_DIRECTORY the socket is not in data_dir: %q", got)
	}
}

// The bound is the system's: a path of that length can be bound, a longer one can't.
func TestLongestSocketPath(t *testing.T) {
	dir := shortTemp(t)
	name := filepath.Join(dir, strings.Repeat("s", maxSocketPath-len(dir)-1))
	for path, want := range map[string]bool{name: true, name + "s": false} {
		var lc net.ListenConfig
		ln, err := lc.Listen(t.Context(), "unix", path)
		if (err == nil) != want {
			t.Errorf("a socket at a path of %d bytes: %v, want that it can be made: %v", len(path), err, want)
		}
		if err == nil {
			ln.Close()
		}
	}
	if _, err := os.Stat(dir); err != nil {
		t.Fatal(err)
	}
}
