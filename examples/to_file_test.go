package examples_test

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// runToFile runs the example into a folder of the test's, whose path it returns.
func runToFile(t *testing.T, vars ...string) (p *process, dir string) {
	t.Helper()
	example, err := filepath.Abs("to-file")
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(t.TempDir(), "logs")
	args := []string{"run", "-c", example, "--var", "listen=127.0.0.1:0", "--var", "path=" + filepath.Join(dir, "app.log")}
	for _, v := range vars {
		args = append(args, "--var", v)
	}
	return launch(t, options{}, args...), dir
}

// rotated returns what the rotated files hold, oldest first.
func rotated(t *testing.T, dir string) [][]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "app-*.log.gz"))
	if err != nil {
		t.Fatal(err)
	}
	var all [][]string
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		r, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.Split(strings.TrimSuffix(string(content), "\n"), "\n"))
	}
	return all
}

// long returns n lines of about 1 KiB.
func long(n int) []string {
	all := numbered("record", n)
	for i := range all {
		all[i] += " " + strings.Repeat("x", 1000)
	}
	return all
}

func TestToFileRotatesAndCompressesWithoutALoss(t *testing.T) {
	t.Parallel()
	p, dir := runToFile(t, "max_bytes=256KiB", "keep=100")
	sent := long(2000)
	send(t, p.Addr("source.tcp.app"), sent...)
	p.Stop()

	files := rotated(t, dir)
	if len(files) < 2 {
		t.Errorf("%d rotated files for 2 MB and rotation at 256KiB, want some", len(files))
	}
	var got []string
	for _, f := range files {
		got = append(got, f...)
	}
	got = append(got, readLines(t, filepath.Join(dir, "app.log"))...)
	if diff := cmp.Diff(sent, got); diff != "" {
		t.Errorf("records (-sent +in the files):\n%s", diff)
	}
}

func TestToFileKeepsTheNewestRotatedFiles(t *testing.T) {
	t.Parallel()
	p, dir := runToFile(t, "max_bytes=64KiB", "keep=2")
	sent := long(4000)
	send(t, p.Addr("source.tcp.app"), sent...)
	p.Stop()

	files := rotated(t, dir)
	if len(files) != 2 {
		t.Errorf("%d rotated files, want 2", len(files))
	}
	var got []string
	for _, f := range files {
		got = append(got, f...)
	}
	got = append(got, readLines(t, filepath.Join(dir, "app.log"))...)
	if diff := cmp.Diff(sent[len(sent)-len(got):], got); diff != "" {
		t.Errorf("the last records (-sent +in the files):\n%s", diff)
	}
}

func TestToFileAppendsToTheFileThatIsThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "app.log")
	if err := os.WriteFile(path, []byte("from before\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, _ := runToFile(t, "path="+path) // the later value counts
	send(t, p.Addr("source.tcp.app"), "from now")
	p.Stop()
	if diff := cmp.Diff([]string{"from before", "from now"}, readLines(t, path)); diff != "" {
		t.Errorf("the file (-want +got):\n%s", diff)
	}
}
