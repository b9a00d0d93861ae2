package file

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"github.com/skidway/skidway/plugins/sdk"
)

// plant puts into base what a path should not lead to, and returns a folder outside that nothing may change.
func plant(t *testing.T, base string) (outside string) {
	t.Helper()
	outside = filepath.Join(filepath.Dir(base), "outside")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.MkdirAll(filepath.Join(base, "folder"), 0o700))
	must(os.Mkdir(outside, 0o700))
	put(t, filepath.Join(outside, "secret"), numbered(0)+"\n")
	put(t, filepath.Join(base, "target"), "")
	must(os.Symlink(filepath.Join(outside, "secret"), filepath.Join(base, "outside")))
	must(os.Symlink("target", filepath.Join(base, "inside")))
	must(os.Symlink("nowhere", filepath.Join(base, "dangling")))
	must(os.Symlink("folder", filepath.Join(base, "folderlink")))
	must(os.Symlink(outside, filepath.Join(base, "outlink")))
	must(unix.Mkfifo(filepath.Join(base, "fifo"), 0o600))
	must(os.Link(filepath.Join(outside, "secret"), filepath.Join(base, "hard")))
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	must(err)
	defer func() { must(unix.Close(fd)) }()
	t.Chdir(base) // the name of a socket is short
	must(unix.Bind(fd, &unix.SockaddrUnix{Name: "socket"}))
	if err := unix.Mknod(filepath.Join(base, "device"), unix.S_IFCHR|0o600, int(unix.Mkdev(1, 3))); err != nil {
		if !errors.Is(err, unix.EPERM) {
			t.Fatal(err)
		}
		t.Skip("only root makes devices")
	}
	return outside
}

// snapshot returns what is in a folder.
func snapshot(t *testing.T, folder string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			content, readErr := os.ReadFile(path)
			found[path], err = string(content), readErr
		} else {
			found[path] = e.Type().String()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// outcome returns what the SDK would tell the router after Write.
func outcome(t *testing.T, d sdk.Destination, b *sdk.Batch) string {
	t.Helper()
	err := d.Write(t.Context(), b)
	if err == nil {
		return "ACCEPTED"
	}
	// The SDK has no exported way to ask an error what it says.
	if v := reflect.ValueOf(err).Elem().FieldByName("outcome"); v.IsValid() {
		return map[int64]string{2: "RETRY", 3: "REJECTED"}[v.Int()]
	}
	return err.Error()
}

// templates makes paths as a router does: pieces of a template, and values in between.
func render(literals, values []string) string {
	var out strings.Builder
	for i, l := range literals {
		out.WriteString(literal(l))
		if i >= len(values) {
			continue
		}
		for _, b := range []byte(values[i]) {
			if isCoded(b) {
				const digits = "0123456789ABCDEF"
				out.Write([]byte{'%', digits[b>>4], digits[b&15]})
			} else {
				out.WriteByte(b)
			}
		}
	}
	return out.String()
}

// TestDifferentValuesNeverShareAFile renders one template twice. Where the values are different the files are, and no
// file is outside, hidden, or named like the state.
func TestDifferentValuesNeverShareAFile(t *testing.T) {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{"", ".", "..", "/", "a", "a/../b", "%", "%2F", "%2E", "%~", "\\", "\x00", "é", "e\u0301", strings.Repeat("n", 250)}),
		rapid.StringMatching(`[.%/a~2EF]{0,6}`),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 300), func(b []byte) string { return string(b) }),
	)
	literals := rapid.SampledFrom([][]string{
		{"", ".log"}, {"tenants/", "/", ".log"}, {"", ""}, {"/", "/", ""}, {"100%/", "-", ""}, {".", "."}, {strings.Repeat("l", 150), ".log"},
	})
	rapid.Check(t, func(t *rapid.T) {
		template := literals.Draw(t, "template")
		n := len(template) - 1
		one := rapid.SliceOfN(piece, n, n).Draw(t, "one")
		two := rapid.SliceOfN(piece, n, n).Draw(t, "two")
		first, err := below(render(template, one))
		if err != nil {
			t.Fatalf("a router's path is refused: %v", err)
		}
		second, err := below(render(template, two))
		if err != nil {
			t.Fatalf("a router's path is refused: %v", err)
		}
		// "-" may be part of a value, so that different values render alike; then they are one set of values.
		if same := render(template, one) == render(template, two); same != (first == second) {
			t.Fatalf("%q and %q lead to %q and %q", one, two, first, second)
		}
		if !filepath.IsLocal(first) || filepath.Clean(first) != first {
			t.Fatalf("%q leads to %q", one, first)
		}
		for part := range strings.SplitSeq(first, "/") {
			if part[0] == '.' || len(part) > maxComponent {
				t.Fatalf("%q leads to %q", one, first)
			}
		}
		if diff := cmp.Diff(strings.Count(render(template, nil), "/"), strings.Count(first, "/")); diff != "" {
			t.Fatalf("%q chose folders: %q", one, first)
		}
	})
}

// FuzzBelow gives below any text: it never panics or leads out, and what it takes it takes apart.
func FuzzBelow(f *testing.F) {
	for _, s := range []string{"", "a", "..", "a/b", "%2F", "%", "a//b", strings.Repeat("x", 300), "%2E", ".%2F", "a%~b"} {
		f.Add(s, s+"x")
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		first, err := below(one)
		if err != nil {
			return
		}
		if !filepath.IsLocal(first) || strings.HasPrefix(filepath.Base(first), ".") {
			t.Errorf("below(%q) = %q", one, first)
		}
		if second, err := below(two); err == nil && (one == two) != (first == second) {
			t.Errorf("below(%q) = below(%q) = %q", one, two, first)
		}
	})
}
