package file

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/skidway/skidway/plugins/internal/batchtest"
	"github.com/skidway/skidway/plugins/sdk"
)

func TestOpenEndsATornLine(t *testing.T) {
	for name, tc := range map[string]struct{ had, want string }{
		"a whole line is left alone":  {"old\n", "old\nnew\n"},
		"a torn line gets its end":    {"old\nto", "old\nto\nnew\n"},
		"an empty file gets none":     {"", "new\n"},
		"one byte is a torn line too": {"x", "x\nnew\n"},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, nil)
			put(t, string(o.Path), tc.had)
			write(t, open(t, o), "new")
			wantFile(t, o.Path, tc.want)
		})
	}
}

func TestOpenMakesFoldersAndTheFileWithTheirModes(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o077))
	o := options(t, func(o *Options) {
		o.Path = sdk.Path(filepath.Join(filepath.Dir(string(o.Path)), "a", "b", "app.log"))
		o.Mode, o.Sync = "0664", "batch"
	})
	write(t, open(t, o), "x")
	// A service manager's umask takes rights away from folders on purpose; a mode that the user wrote is kept.
	for path, want := range map[string]os.FileMode{string(o.Path): 0o664, filepath.Dir(string(o.Path)): 0o700} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", path, got, want)
		}
	}
}

func TestOpenLeavesTheModeOfAFileThatIsThere(t *testing.T) {
	o := options(t, nil)
	put(t, string(o.Path), "")
	open(t, o)
	info, err := os.Stat(string(o.Path))
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("the file has mode %o, want its own 600", got)
	}
}

func TestOpenRefusesWhatIsNoRegularFile(t *testing.T) {
	for name, tc := range map[string]struct {
		make func(path string) error
		want string
	}{
		"a folder":          {func(path string) error { return os.Mkdir(path, 0o755) }, "a folder"},
		"a FIFO":            {func(path string) error { return unix.Mkfifo(path, 0o600) }, "a FIFO"},
		"a device":          {func(path string) error { return os.Symlink("/dev/null", path) }, "a device"},
		"a circle of links": {func(path string) error { return os.Symlink(path, path) }, "too many symbolic links"},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, nil)
			if err := tc.make(string(o.Path)); err != nil {
				t.Fatal(err)
			}
			d := newDestination(o)
			err := d.Open(t.Context(), sdk.Config{})
			if unusable := (*unusableError)(nil); !errors.As(err, &unusable) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Open = %v, want an error with %q", err, tc.want)
			}
			closeIt(t, d)
		})
	}
}

func TestOpenRefusesARelativePath(t *testing.T) {
	d := newDestination(options(t, func(o *Options) { o.Path = "app.log" }))
	if err := d.Open(t.Context(), sdk.Config{}); err == nil {
		t.Error("Open of a relative path = nil, want an error")
	}
}

func TestOpenFollowsALinkToTheFile(t *testing.T) {
	for name, before := range map[string]string{"that is there": "old\n", "that is still to be made": ""} {
		t.Run(name, func(t *testing.T) {
			o := options(t, func(o *Options) { o.Rotate = &Rotate{MaxBytes: 1024} })
			target := filepath.Join(t.TempDir(), "real.log")
			if before != "" {
				put(t, target, before)
			}
			if err := os.Symlink(target, string(o.Path)); err != nil {
				t.Fatal(err)
			}
			d := open(t, o)
			write(t, d, "new")
			wantFile(t, target, before+"new\n")
			// Rotation happens where the file is, and leaves the link in place.
			write(t, d, strings.Repeat("x", 1100))
			write(t, d, "last")
			closeIt(t, d)
			wantFile(t, target, "last\n")
			wantFile(t, o.Path, "last\n")
			if diff := cmp.Diff([]string{"app.log"}, listing(t, o)); diff != "" {
				t.Errorf("the link's folder (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOpenRefusesAnotherUsersLinkInAFolderForEveryone(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make another user's link")
	}
	o := options(t, nil)
	folder := filepath.Dir(string(o.Path))
	target := filepath.Join(t.TempDir(), "secret")
	put(t, target, "secret\n")
	for _, err := range []error{os.Symlink(target, string(o.Path)), os.Lchown(string(o.Path), 12345, 12345), os.Chmod(folder, 0o777|os.ModeSticky)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	d := newDestination(o)
	err := d.Open(t.Context(), sdk.Config{})
	if unusable := (*unusableError)(nil); !errors.As(err, &unusable) {
		t.Errorf("Open = %v, want it refused", err)
	}
	wantFile(t, target, "secret\n")
	if err := os.Lchown(string(o.Path), os.Geteuid(), -1); err != nil {
		t.Fatal(err)
	}
	open(t, o)
}

func TestASecondWriterWaits(t *testing.T) {
	o := options(t, nil)
	first := open(t, o)
	write(t, first, "one")
	second := newDestination(o)
	err := second.Open(t.Context(), sdk.Config{})
	if locked := (*lockedError)(nil); !errors.As(err, &locked) {
		t.Fatalf("Open beside another writer = %v, want it refused", err)
	}
	if comm, readErr := os.ReadFile("/proc/self/comm"); readErr == nil && !strings.Contains(err.Error(), strings.TrimSpace(string(comm))) {
		t.Errorf("Open = %q, which does not name the other process", err)
	}
	closeIt(t, second)
	closeIt(t, first)
	write(t, open(t, o), "two")
	wantFile(t, o.Path, "one\ntwo\n")
}

func TestWriteOpensAgainWhatCouldNotBeOpened(t *testing.T) {
	o := options(t, nil)
	d := open(t, o)
	write(t, d, "one")
	d.sync()
	if err := os.Remove(string(o.Path)); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(string(o.Path), 0o755); err != nil {
		t.Fatal(err)
	}
	d.look(d.out.birth)
	err := d.WriteAll(t.Context(), []*sdk.Batch{batchtest.New(t, 1, "two")})
	if unusable := (*unusableError)(nil); !errors.As(err, &unusable) {
		t.Errorf("WriteAll to a folder = %v, want it refused", err)
	}
	if err := os.Remove(string(o.Path)); err != nil {
		t.Fatal(err)
	}
	write(t, d, "two")
	wantFile(t, o.Path, "two\n")
}

func TestValidate(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*Options)
		want   []string // paths
	}{
		"takes the defaults":              {nil, nil},
		"takes a path that is computed":   {func(o *Options) { o.Path, o.BaseDir, o.FallbackPath = "", "/x", "un%known" }, nil},
		"refuses one without base_dir":    {func(o *Options) { o.Path = "" }, []string{"path"}},
		"refuses base_dir for one file":   {func(o *Options) { o.BaseDir = "/x" }, []string{"base_dir"}},
		"refuses a fallback for one file": {func(o *Options) { o.FallbackPath = "x" }, []string{"fallback_path"}},
		"refuses an absolute fallback":    {func(o *Options) { o.Path, o.BaseDir, o.FallbackPath = "", "/x", "/x/y" }, []string{"fallback_path"}},
		"refuses a fallback like a rotated file": {func(o *Options) {
			o.Path, o.BaseDir, o.FallbackPath, o.Rotate = "", "/x", "a-20260102T150405.123456Z.log", &Rotate{MaxBytes: 4096}
		}, []string{"fallback_path"}},
		"refuses a name of the state":               {func(o *Options) { o.Path = "/x/.app.log.skidway" }, []string{"path"}},
		"refuses a folder":                          {func(o *Options) { o.Path = "/x/" }, []string{"path"}},
		"refuses a mode that can't be opened again": {func(o *Options) { o.Mode = "0440" }, []string{"mode"}},
		"refuses a mode that is no number":          {func(o *Options) { o.Mode = "rw" }, []string{"mode"}},
		"warns of a mode for everyone":              {func(o *Options) { o.Mode = "0666" }, []string{"mode"}},
		"refuses a rotation that never happens":     {func(o *Options) { o.Rotate = &Rotate{Keep: 3} }, []string{"rotate"}},
		"refuses tiny files and ages":               {func(o *Options) { o.Rotate = &Rotate{MaxBytes: 5, MaxAge: 5} }, []string{"rotate.max_bytes", "rotate.max_age"}},
		"refuses to rotate a name of rotated files": {func(o *Options) { o.Path, o.Rotate = "/x/app.gz", &Rotate{MaxBytes: 1024} }, []string{"path"}},
		"takes such a name without rotation":        {func(o *Options) { o.Path = "/x/app.gz" }, nil},
		"takes a rotation by size":                  {func(o *Options) { o.Rotate = &Rotate{MaxBytes: 1024} }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, found := range options(t, tc.change).Validate() {
				got = append(got, found.Path)
				if warns := strings.HasPrefix(name, "warns"); found.Warning != warns {
					t.Errorf("%+v: Warning = %t, want %t", found, found.Warning, warns)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("paths of the diagnostics (-want +got):\n%s", diff)
			}
		})
	}
}
