package examples_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// runHTTPIntake runs the example into a file of the test's.
func runHTTPIntake(t *testing.T) (p *process, path string) {
	t.Helper()
	example, err := filepath.Abs("http-intake")
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "app.log")
	return launch(t, options{Env: []string{"INTAKE_TOKEN=" + token}},
		"run", "-c", example, "--var", "listen=127.0.0.1:0", "--var", "path="+path), path
}

// curl posts a file and returns the status and what else was answered.
func curl(t *testing.T, url, file string, args ...string) string {
	t.Helper()
	program, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("there is no curl")
	}
	args = append([]string{
		"--silent", "--show-error", "--max-time", "30", "--noproxy", "*", "--write-out", "%{http_code}",
		"--data-binary", "@" + file, url,
	}, args...)
	out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("curl: %v: %s", err, out)
	}
	return string(out)
}

// ndjson returns n records as lines.
func ndjson(prefix string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(`{"msg":"%s %d"}`, prefix, i)
	}
	return all
}

// write puts lines into a file, compressed by its ending.
func write(t *testing.T, name string, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text := []byte(strings.Join(lines, "\n") + "\n")
	switch filepath.Ext(name) {
	case ".gz":
		w := gzip.NewWriter(f)
		if _, err = w.Write(text); err == nil {
			err = w.Close()
		}
	case ".zst":
		var w *zstd.Encoder
		if w, err = zstd.NewWriter(f); err == nil {
			if _, err = w.Write(text); err == nil {
				err = w.Close()
			}
		}
	default:
		_, err = f.Write(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestHTTPIntakeWritesWhatCurlPosts(t *testing.T) {
	t.Parallel()
	p, path := runHTTPIntake(t)
	url := "http://" + p.Addr("source.http.app") + "/ingest"
	authorized := []string{"-H", "Authorization: Bearer " + token}
	var want []string
	for _, body := range []struct {
		name, encoding string
		records        []string
	}{
		{"plain.ndjson", "identity", ndjson("plain", 3)},
		{"zipped.gz", "gzip", ndjson("gzip", 2000)},
		{"zipped.zst", "zstd", ndjson("zstd", 200_000)}, // more than one batch
	} {
		got := curl(t, url, write(t, body.name, body.records...), append(authorized, "-H", "Content-Encoding: "+body.encoding)...)
		if got != "204" {
			t.Fatalf("%s: answer %s, want 204", body.name, got)
		}
		want = append(want, body.records...)
	}
	for name, test := range map[string]struct {
		url  string
		args []string
		want string
	}{
		"without the token": {url, nil, "The bearer token is missing or wrong. Send it as \"Authorization: Bearer TOKEN\".\n401"},
		"elsewhere":         {strings.TrimSuffix(url, "ingest"), authorized, "Records are posted to /ingest here.\n404"},
		"a bad record":      {url, authorized, "Record 2 (line 2, byte 8) is no valid JSON value: it ends in the middle. Nothing was taken.\n400"},
		"no gzip":           {url, append(authorized, "-H", "Content-Encoding: gzip"), "The body is no valid gzip: read header: gzip: invalid header. Nothing was taken.\n400"},
	} {
		if got := curl(t, test.url, write(t, "bad.ndjson", `{"a":1}`, `{"b":`), test.args...); got != test.want {
			t.Errorf("%s: answer %q, want %q", name, got, test.want)
		}
	}
	p.Stop()
	got := readLines(t, path)
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if strings.Contains(p.Err.String()+p.Out.String(), token) {
		t.Error("the token is in the output")
	}
}

// TestHTTPIntakeWhenTheSpoolIsFull has a destination that takes nothing. Senders that try again get the truth, and what
// was accepted for them is there once for each 204 and each time that this was left open.
func TestHTTPIntakeWhenTheSpoolIsFull(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	config := fmt.Sprintf(`
router {
  drain_timeout = "1s"
  spool { max_bytes = "16MiB" }
}
source "http" "app" {
  listen         = "127.0.0.1:0"
  format         = "raw"
  accept_timeout = "500ms"
}
destination "http" "away" { endpoint = "http://%s/" }
pipeline "main" {
  from = [source.http.app]
  to   = [destination.http.away]
}
`, freeAddress(t))
	if err := os.WriteFile(filepath.Join(dir, "skidway.hcl"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	p := launch(t, options{}, "run", "-c", dir)
	url := "http://" + p.Addr("source.http.app") + "/"
	body := write(t, "body.txt", slices.Repeat([]string{strings.Repeat("x", 199)}, 15_000)...) // 3 MB
	accepted, open, refused := 0, 0, 0
	for range 40 {
		switch got := curl(t, url, body); {
		case got == "204":
			accepted++
		case strings.Contains(got, "Some may have been taken") && strings.HasSuffix(got, "503"):
			open++
		case strings.Contains(got, "Nothing was taken") && strings.HasSuffix(got, "503"):
			refused++
		default:
			t.Fatalf("answer %q, want 204 or 503", got)
		}
		if refused == 3 {
			break
		}
	}
	if accepted == 0 || open != 1 || refused != 3 {
		t.Errorf("%d bodies were accepted, %d left open and %d refused, want some, one and three", accepted, open, refused)
	}
	p.Interrupt()
	if status := p.Wait(); status == 0 {
		t.Error("exit status 0, want another, since the records are lost")
	}
	if n, _ := p.WaitLog("source ended", "source", "source.http.app")["accepted"].(float64); int(n) < 15_000*accepted || int(n) > 15_000*(accepted+open) {
		t.Errorf("%v records were accepted, want those of %d to %d bodies", n, accepted, accepted+open)
	}
}
