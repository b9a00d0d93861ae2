package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"golang.org/x/sys/unix"

	"github.com/skidway/skidway/core/config"
	"github.com/skidway/skidway/core/spool"
)

// said writes diagnostics as "error: summary", without those about the filesystem that the test runs in.
func said(diags hcl.Diagnostics) string {
	var out []string
	for _, d := range diags {
		if strings.HasPrefix(d.Summary, "data_dir lies ") || strings.HasPrefix(d.Summary, "The spool may have ") {
			continue
		}
		word := "warning: "
		if d.Severity == hcl.DiagError {
			word = "error: "
		}
		out = append(out, word+d.Summary)
	}
	return strings.Join(out, "\n")
}

func TestDataDirHere(t *testing.T) {
	dir := t.TempDir()
	folder := func(name string, mode os.FileMode) {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	folder("own", 0o700)
	folder("group", 0o770)
	folder("open", 0o777)
	folder("closed", 0o500)
	write(t, filepath.Join(dir, "file"), "x")
	for name, want := range map[string]string{
		"own": "", "group": "", "missing": "", "missing/more": "",
		"open":        "warning: Everybody can write to data_dir (0777): ",
		"closed":      "permission denied",
		"closed/more": "permission denied",
		"file":        "is no folder",
		"file/more":   "not a directory",
	} {
		if os.Geteuid() == 0 && want == "permission denied" {
			continue // for whom permissions mean nothing
		}
		c := &config.Config{Router: config.Router{DataDir: filepath.Join(dir, name)}}
		got := said(checkDataDir(c))
		if !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		if got != "" && !strings.Contains(got, filepath.Join(dir, strings.TrimSuffix(name, "/more"))) {
			t.Errorf("%s: %q does not name the folder", name, got)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "missing")); err == nil {
		t.Error("a check has made the folder")
	}
	if got := checkDataDir(&config.Config{}); got != nil {
		t.Errorf("without a data_dir: %v", got)
	}
}

func TestDataDirOfSomebodyElse(t *testing.T) {
	info, err := os.Stat("/")
	if err != nil {
		t.Fatal(err)
	}
	got := said(checkOwner("/", info))
	if os.Geteuid() != 0 && !strings.Contains(got, "data_dir belongs to the user 0") {
		t.Errorf("a folder of root: %q", got)
	}
	if os.Geteuid() == 0 {
		other := filepath.Join(t.TempDir(), "other")
		if err := os.Mkdir(other, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(other, 12345, -1); err != nil {
			t.Skip("this root may not give folders away")
		}
		c := &config.Config{Router: config.Router{DataDir: other}}
		if got := said(checkDataDir(c)); !strings.Contains(got, "warning: data_dir belongs to the user 12345, and this one is 0: "+other) {
			t.Errorf("a folder of another user: %q", got)
		}
	}
}

func TestRoomOfTheSpool(t *testing.T) {
	const gib = 1 << 30
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "spool"), 0o700); err != nil {
		t.Fatal(err)
	}
	held := filepath.Join(dir, "spool", "00000000000000000001.seg")
	write(t, held, "")
	if err := os.Truncate(held, 2*gib); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		o           spool.DiskOptions
		free, total int64
		want        string
	}{
		"room":                      {spool.DiskOptions{MinFreeShare: 0.05}, 20 * gib, 100 * gib, ""},
		"room with what it holds":   {spool.DiskOptions{MinFreeShare: 0.05}, 11 * gib, 100 * gib, ""},
		"less than it may have":     {spool.DiskOptions{MinFreeShare: 0.05}, 10 * gib, 100 * gib, "The spool may have 8192MiB, and the filesystem of " + dir + " has room for 7168MiB beside min_free."},
		"less than min_free":        {spool.DiskOptions{MinFreeShare: 0.05}, 4 * gib, 100 * gib, "has 4096MiB free, less than min_free, which is 5120MiB: no record would be taken."},
		"less than a size":          {spool.DiskOptions{MinFreeBytes: 6 * gib}, 5 * gib, 100 * gib, "less than min_free, which is 6144MiB"},
		"a share of the filesystem": {spool.DiskOptions{MaxShare: 0.5, MinFreeBytes: 1}, 40 * gib, 100 * gib, "The spool may have 51200MiB"},
		"too small for any spool":   {spool.DiskOptions{MinFreeBytes: 1}, gib, 64 << 20, "it needs at least 16MiB"},
	} {
		var got []string
		for _, d := range checkRoom(&config.Config{Router: config.Router{DataDir: dir, Disk: true, DiskSpool: c.o}}, c.free, c.total) {
			got = append(got, d.Summary)
		}
		if all := strings.Join(got, "\n"); !strings.Contains(all, c.want) || (c.want == "") != (all == "") {
			t.Errorf("%s: %q, want %q", name, all, c.want)
		}
	}
}

func TestFilesystemsThatAreNoPlaceForASpool(t *testing.T) {
	for name, want := range map[string]string{
		"tmpfs": "in memory", "overlay": "container's own layer", "nfs": "may be remote", "fuse": "may be remote", "": "", "apfs": "",
	} {
		text, hint := unfitFilesystem(name)
		if !strings.Contains(text, want) || (want == "") != (text == "") || (text == "") != (hint == "") {
			t.Errorf("%q: %q, %q, want %q", name, text, hint, want)
		}
	}
}

func TestFilesystemInMemoryIsKnown(t *testing.T) {
	var st unix.Statfs_t
	if err := unix.Statfs("/dev/shm", &st); err != nil || runtime.GOOS != "linux" {
		t.Skip("this machine has no /dev/shm in memory")
	}
	if got := filesystemName(&st); got != "tmpfs" {
		t.Errorf("/dev/shm is %q (type %x), want tmpfs", got, st.Type)
	}
}

func TestDropIn(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("systemd is for Linux")
	}
	for name, c := range map[string]struct {
		path string
		err  error
		want string
	}{
		"a state folder":      {"/var/lib/skidway", unix.EROFS, `printf '[Service]\nStateDirectory=skidway\n' >`},
		"in a state folder":   {"/var/lib/skidway/a", unix.EACCES, `StateDirectory=skidway/a\n`},
		"a folder of logs":    {"/var/log/skidway/", unix.EROFS, `LogsDirectory=skidway\n`},
		"another":             {"/srv/skidway", unix.EACCES, `ReadWritePaths=/srv/skidway\n`},
		"all state":           {"/var/lib", unix.EROFS, `ReadWritePaths=/var/lib\n`},
		"a specifier":         {"/srv/%i", unix.EROFS, ""},
		"quotes":              {"/srv/a'b", unix.EROFS, ""},
		"a space":             {"/srv/a b", unix.EROFS, ""},
		"what is not allowed": {"/srv/skidway", unix.ENOSPC, ""},
	} {
		got := dropIn(c.path, c.err)
		if !strings.Contains(got, c.want) || (c.want == "") != (got == "") {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestHintForAFolder(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		path string
		err  error
		want string
	}{
		"there":             {dir, unix.EACCES, "chown or chmod"},
		"missing":           {filepath.Join(dir, "a"), unix.EACCES, "install -d -m 0750 -o USER " + filepath.Join(dir, "a")},
		"missing, a space":  {filepath.Join(dir, "a b"), unix.EACCES, "chown or chmod"},
		"mounted read-only": {filepath.Join(dir, "a"), unix.EROFS, "It is mounted read-only"},
	} {
		got := permit(c.path, c.err)
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if runtime.GOOS == "linux" && strings.Contains(got, "ReadWritePaths="+c.path) == strings.Contains(c.path, " ") {
			t.Errorf("%s: %q, want the drop-in for a path without a space", name, got)
		}
	}
}
