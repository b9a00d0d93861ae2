package examples_test

import (
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// runIn runs an example into a folder of the test's, whose path it returns.
func runIn(t *testing.T, example string, vars ...string) (p *process, dir string) {
	t.Helper()
	path, err := filepath.Abs(example)
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	args := []string{"run", "-c", path, "--var", "listen=127.0.0.1:0", "--var", "dir=" + dir}
	for _, v := range vars {
		args = append(args, "--var", v)
	}
	return launch(t, options{}, args...), dir
}

func TestTheTestsOfTheExamplesPass(t *testing.T) {
	t.Parallel()
	found, err := filepath.Glob("*/*.test.hcl")
	if err != nil || len(found) < 5 {
		t.Fatalf("%d files with tests (%v), want five", len(found), err)
	}
	for _, file := range found {
		t.Run(filepath.Dir(file), func(t *testing.T) {
			t.Parallel()
			path, err := filepath.Abs(filepath.Dir(file))
			if err != nil {
				t.Fatal(err)
			}
			r := command(t, "test", "-c", path)
			if r.Status != 0 || !strings.HasSuffix(r.Stdout, " passed") {
				t.Errorf("exit status %d\n%s%s", r.Status, r.Stdout, r.Stderr)
			}
		})
	}
}

func TestLevelRoutingSendsErrorsToBoth(t *testing.T) {
	t.Parallel()
	c := collect(t, func(int, request) int { return http.StatusOK })
	p, dir := runIn(t, "level-routing", "endpoint="+c.URL)
	send(t, p.Addr("source.tcp.app"),
		`{"level":"ERROR","msg":"payment failed"}`, `{"level":"info","path":"/healthz"}`, "panic: out of memory", `{"level":"debug"}`,
		`{"level":"info","status":"503"}`)
	p.Stop()
	const common = `"env":"prod","region":"eu-west-1"`
	first, last := `{"level":"error","msg":"payment failed",`+common+`}`, `{"level":"info","status":"503",`+common+`}`
	want := []string{first, `{"message":"panic: out of memory",` + common + `}`, last}
	if diff := cmp.Diff(want, readLines(t, filepath.Join(dir, "archive.log"))); diff != "" {
		t.Errorf("the archive (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{first, last}, c.Got.All()); diff != "" {
		t.Errorf("the collector (-want +got):\n%s", diff)
	}
}

func TestPerServiceKeepsEachServiceApart(t *testing.T) {
	t.Parallel()
	p, dir := runIn(t, "per-service")
	services := []string{"pay", "shop", "../../etc/passwd", "..", ".", "", "a b", "Übung", "%2F", `x\y`, strings.Repeat("n", 200)}
	want := map[string][]string{}
	var sent []string
	for n := range 300 {
		service := services[n%len(services)]
		line := fmt.Sprintf(`{"service":%q,"n":%d}`, service, n)
		sent = append(sent, line)
		want[service] = append(want[service], line)
	}
	sent = append(sent, "from nobody", `{"service":null}`)
	send(t, p.Addr("source.tcp.app"), sent...)
	p.Stop()

	got := map[string][]string{}
	logs := filepath.Join(dir, "logs")
	err := filepath.WalkDir(logs, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		name, err := filepath.Rel(logs, path)
		if err != nil {
			return err
		}
		if name == "unknown.log" {
			if diff := cmp.Diff(sent[300:], readLines(t, path)); diff != "" {
				t.Errorf("records without a service (-want +got):\n%s", diff)
			}
			return nil
		}
		folder, day := filepath.Split(name)
		if _, err := time.Parse("2006-01-02.log", day); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		folder = strings.TrimSuffix(folder, "/")
		service, err := url.PathUnescape(strings.ReplaceAll(folder, "%_", ""))
		if err != nil {
			return err
		}
		got[service] = append(got[service], readLines(t, path)...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records by service (-want +got):\n%s", diff)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("beside logs and data: %v, %v", entries, err)
	}
}

func TestSamplingKeepsAllErrors(t *testing.T) {
	t.Parallel()
	p, dir := runIn(t, "sampling")
	var sent []string
	for n := range 3000 {
		level := "info"
		if n%10 == 0 {
			level = "error"
		}
		sent = append(sent, fmt.Sprintf(`{"level":%q,"trace_id":"trace-%d","n":%d}`, level, n%500, n))
	}
	send(t, p.Addr("source.tcp.app"), sent...)
	p.Stop()
	kept := readLines(t, filepath.Join(dir, "kept.log"))
	errors, traces := 0, map[string]int{}
	for _, line := range kept {
		if strings.Contains(line, `"error"`) {
			errors++
			continue
		}
		_, rest, _ := strings.Cut(line, `"trace_id":"`)
		trace, _, _ := strings.Cut(rest, `"`)
		traces[trace]++
	}
	if errors != 300 {
		t.Errorf("%d errors were kept, want all 300", errors)
	}
	// Of 450 traces without errors about a tenth, each with all its six records.
	if n := len(traces); n < 20 || n > 80 {
		t.Errorf("%d of 450 traces were kept, want about 45", n)
	}
	for trace, n := range traces {
		if n != 6 {
			t.Errorf("%s: %d of its 6 records were kept", trace, n)
		}
	}
}
