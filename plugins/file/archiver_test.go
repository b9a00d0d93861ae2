package file

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skidway/skidway/plugins/sdk"
)

// readAll returns the contents of all files in a folder by their names, compressed ones as they were before, without the
// state of app.log.
func readAll(t *testing.T, folder string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, e := range entries {
		if e.Name() == stateName {
			continue
		}
		content, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range codecs() {
			if strings.HasSuffix(e.Name(), c.ending) {
				content = decompress(t, c, content)
			}
		}
		found[e.Name()] = string(content)
	}
	return found
}

func decompress(t *testing.T, c codec, content []byte) []byte {
	t.Helper()
	r, err := c.decoder(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func compressed(t *testing.T, name, plain string) string {
	t.Helper()
	var b bytes.Buffer
	w, err := codecs()[name].encoder(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const (
	rotatedA = "app-20260101T000000.000000Z.log"
	rotatedB = "app-20260102T000000.000000Z.log"
	rotatedC = "app-20260103T000000.000000Z.log"
)

func TestOpenFinishesWhatWasInterrupted(t *testing.T) {
	whole := compressed(t, "gzip", "a\n")
	for name, tc := range map[string]struct {
		opts  Rotate
		files map[string]string // before
		want  map[string]string // after, compressed files by what they hold
	}{
		"a rotated file that was not compressed yet": {
			Rotate{Compress: "gzip"},
			map[string]string{rotatedA: "a\n"},
			map[string]string{rotatedA + ".gz": "a\n"},
		},
		"a compression that was not complete": {
			Rotate{Compress: "zstd"},
			map[string]string{rotatedA: "a\n", rotatedA + ".zst.partial": "torn"},
			map[string]string{rotatedA + ".zst": "a\n"},
		},
		"an incomplete compression of another kind": {
			Rotate{Compress: "none"},
			map[string]string{rotatedA: "a\n", rotatedA + ".gz.partial": "torn"},
			map[string]string{rotatedA: "a\n"},
		},
		"a compressed file whose plain one was still to be deleted": {
			Rotate{Compress: "gzip"},
			map[string]string{rotatedA: "a\n", rotatedA + ".gz": whole},
			map[string]string{rotatedA + ".gz": "a\n"},
		},
		"a damaged compressed file beside its plain one": {
			Rotate{Compress: "gzip"},
			map[string]string{rotatedA: "a\n", rotatedA + ".gz": whole[:len(whole)-3]},
			map[string]string{rotatedA + ".gz": "a\n"},
		},
		"a compressed file that holds less than its plain one": {
			Rotate{Compress: "gzip"},
			map[string]string{rotatedA: "a\nmore\n", rotatedA + ".gz": whole},
			map[string]string{rotatedA + ".gz": "a\nmore\n"},
		},
		"files beyond keep, the oldest first and counted once": {
			Rotate{Keep: 2, Compress: "gzip"},
			map[string]string{rotatedA: "a\n", rotatedA + ".gz": whole, rotatedA + ".zst.partial": "x", rotatedB: "b\n", rotatedC: "c\n"},
			map[string]string{rotatedB + ".gz": "b\n", rotatedC + ".gz": "c\n"},
		},
		"nothing of what is not its own": {
			Rotate{Keep: 1, Compress: "gzip"},
			map[string]string{
				rotatedA: "a\n", "app-.log": "x", "app-20260101.log": "x", "app-20261301T000000.000000Z.log": "x",
				"app-20250101T000000.000000Z.log.bak": "x", "app-20250101T000000.000000Z.log.partial": "x",
				"other-20250101T000000.000000Z.log": "x", ".other.log.skidway": "x", "app-20250101T000000.000000Z.txt": "x",
			},
			map[string]string{
				rotatedA + ".gz": "a\n", "app-.log": "x", "app-20260101.log": "x", "app-20261301T000000.000000Z.log": "x",
				"app-20250101T000000.000000Z.log.bak": "x", "app-20250101T000000.000000Z.log.partial": "x",
				"other-20250101T000000.000000Z.log": "x", ".other.log.skidway": "x", "app-20250101T000000.000000Z.txt": "x",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			tc.opts.MaxBytes = 1024
			o := options(t, func(o *Options) { o.Rotate = &tc.opts })
			folder := filepath.Dir(string(o.Path))
			for name, content := range tc.files {
				put(t, filepath.Join(folder, name), content)
			}
			d := newDestination(o)
			if err := d.Open(t.Context(), sdk.Config{}); err != nil {
				t.Fatal(err)
			}
			close(d.archiver.old) // lets it finish, however long that takes, and end
			d.archiving.Wait()
			d.archiver = nil
			closeIt(t, d)
			tc.want["app.log"] = ""
			if diff := cmp.Diff(tc.want, readAll(t, folder)); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCompressionKeepsModeAndTime(t *testing.T) {
	for name, c := range codecs() {
		t.Run(name, func(t *testing.T) {
			plain := filepath.Join(t.TempDir(), "a.log")
			content := strings.Repeat("a line of log\n", 100_000)
			put(t, plain, content)
			then := time.Unix(1_700_000_000, 0)
			for _, err := range []error{os.Chmod(plain, 0o644), os.Chtimes(plain, then, then)} {
				if err != nil {
					t.Fatal(err)
				}
			}
			if err := c.compress(t.Context(), realDisk{}, plain, plain+c.ending); err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(plain + c.ending)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != 0o644 || !info.ModTime().Equal(then) {
				t.Errorf("the compressed file has mode %o and time %v, want 644 and %v", info.Mode().Perm(), info.ModTime(), then)
			}
			if got := readAll(t, filepath.Dir(plain))["a.log"+c.ending]; got != content {
				t.Errorf("the compressed file holds %d bytes, want %d", len(got), len(content))
			}
			if !c.holds(t.Context(), realDisk{}, plain+c.ending, plain) {
				t.Error("holds = false for a whole file, want true")
			}
		})
	}
}

func TestAbortedCompressionLeavesThePlainFile(t *testing.T) {
	aborted, abort := context.WithCancel(t.Context())
	abort()
	for name, c := range codecs() {
		plain := filepath.Join(t.TempDir(), "a.log")
		put(t, plain, name)
		if err := c.compress(aborted, realDisk{}, plain, plain+c.ending); err == nil {
			t.Errorf("%s: an aborted compression = nil, want an error", name)
		}
		if diff := cmp.Diff(map[string]string{"a.log": name}, readAll(t, filepath.Dir(plain))); diff != "" {
			t.Errorf("%s: files (-want +got):\n%s", name, diff)
		}
	}
}

func TestAFileThatCantBeCompressedKeepsBackNoOther(t *testing.T) {
	o := options(t, func(o *Options) { o.Rotate = &Rotate{MaxBytes: 1024, Compress: "gzip"} })
	folder := filepath.Dir(string(o.Path))
	put(t, filepath.Join(folder, rotatedA), "a\n")
	put(t, filepath.Join(folder, rotatedB), "b\n")
	obstacle := filepath.Join(folder, rotatedA+".gz.partial")
	if err := os.Mkdir(obstacle, 0o755); err != nil {
		t.Fatal(err)
	}
	d := newDestination(o)
	if err := d.Open(t.Context(), sdk.Config{}); err != nil {
		t.Fatal(err)
	}
	close(d.archiver.old)
	d.archiving.Wait()
	d.archiver = nil
	closeIt(t, d)
	if err := os.Remove(obstacle); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"app.log": "", rotatedA: "a\n", rotatedB + ".gz": "b\n"}
	if diff := cmp.Diff(want, readAll(t, folder)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestNames(t *testing.T) {
	at := time.Date(2026, 1, 2, 15, 4, 5, 123456000, time.FixedZone("", 3600))
	for path, want := range map[string]string{
		"/var/log/app.log":    "/var/log/app-20260102T140405.123456Z.log",
		"/var/log/app":        "/var/log/app-20260102T140405.123456Z",
		"/var/log/.log":       "/var/log/.log-20260102T140405.123456Z",
		"/var/log/app.1.json": "/var/log/app.1-20260102T140405.123456Z.json",
	} {
		n := newNames(path)
		if got := n.path(at); got != want {
			t.Errorf("%s is rotated to %s, want %s", path, got, want)
		}
		for _, ending := range []string{"", ".gz", ".zst.partial"} {
			got, gotEnding, ok := n.parse(filepath.Base(want) + ending)
			if !ok || !got.Equal(at) || gotEnding != ending {
				t.Errorf("parse(%s%s) = %v, %q, %t", want, ending, got, gotEnding, ok)
			}
		}
	}
}
