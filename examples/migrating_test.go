package examples_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// migrated are the folders of configurations that were another router's, with what their programs' originals are called.
var migrated = map[string]string{
	"migrating-from-vector":     "vector.yaml",
	"migrating-from-fluent-bit": "fluent-bit.yaml",
	"migrating-from-syslog-ng":  "syslog-ng.conf",
}

// runMigrated runs one of them. Variables are NAME=VALUE.
func runMigrated(t *testing.T, name string, vars ...string) *process {
	t.Helper()
	dir, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"run", "-c", dir, "--var", "listen=127.0.0.1:0"}
	for _, v := range vars {
		args = append(args, "--var", v)
	}
	return launch(t, options{}, args...)
}

// ok is a collector's answer to everything.
func ok(int, request) int { return http.StatusOK }

// files returns the lines of each file of a folder, but for those of the router's own.
func files(t *testing.T, dir string) map[string][]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			all[e.Name()] = readLines(t, filepath.Join(dir, e.Name()))
		}
	}
	return all
}

func TestFromVectorArchivesByDayAndSamples(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "archive")
	server := collect(t, ok)
	p := runMigrated(t, "migrating-from-vector", "dir="+dir, "endpoint="+server.URL)
	const (
		n      = 3000
		line   = `127.0.0.1 bob frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326`
		record = `{"host":"127.0.0.1","identity":"bob","user":"frank","timestamp":"2000-10-10T20:55:36.000000000Z",` +
			`"message":"GET /apache_pb.gif HTTP/1.0","method":"GET","path":"/apache_pb.gif","protocol":"HTTP/1.0","status":200,"size":2326}`
		nextDay = `127.0.0.1 - - [11/Oct/2000:13:55:36 +0000] "GET / HTTP/1.0" 304 -`
	)
	send(t, p.Addr("source.tcp.apache"), append(slices.Repeat([]string{line}, n), nextDay, "no request")...)
	p.Stop()

	got := files(t, dir)
	if len(got) != 3 {
		t.Errorf("%d files, want those of two days and of today", len(got))
	}
	if diff := cmp.Diff(slices.Repeat([]string{record}, n), got["date=2000-10-10.ndjson"]); diff != "" {
		t.Errorf("the first day (-want +got):\n%s", diff)
	}
	if l := got["date=2000-10-11.ndjson"]; len(l) != 1 || strings.Contains(l[0], "size") {
		t.Errorf("the second day has %q, want one record without a size", l)
	}
	delete(got, "date=2000-10-10.ndjson")
	delete(got, "date=2000-10-11.ndjson")
	for name, l := range got {
		if diff := cmp.Diff([]string{"no request"}, l); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	// Ids are made from the time of day, so that the sample differs: 60 of 3000 are to be expected, give or take 8.
	if s := len(server.Got.All()); s < 20 || s > 110 {
		t.Errorf("%d of %d were sampled, want about a fiftieth", s, n)
	}
}

func TestFromFluentBitPagesForSlowErrorsOfProduction(t *testing.T) {
	t.Parallel()
	pager, search := collect(t, ok), collect(t, ok)
	p := runMigrated(t, "migrating-from-fluent-bit", "pager="+pager.URL, "search="+search.URL)
	const (
		slow = `{"level":"error","environment":"production","response_time":6000}`
		fast = `{"level":"error","environment":"production","response_time":60}`
	)
	send(t, p.Addr("source.tcp.apps"), slow, fast, `{"level":"error","kubernetes":{"labels":{"app":"myapp"}}}`, "panic: x")
	p.Stop()

	if diff := cmp.Diff([]string{"[" + slow + "]"}, pager.Got.All()); diff != "" {
		t.Errorf("the pager (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{slow, fast, `{"message":"panic: x"}`}, search.Got.All()); diff != "" {
		t.Errorf("the search cluster (-want +got):\n%s", diff)
	}
}

func TestFromSyslogNGWritesWhatSyslogNGWrote(t *testing.T) {
	t.Parallel()
	const folder = "migrating-from-syslog-ng"
	dir := filepath.Join(t.TempDir(), "users")
	p := runMigrated(t, folder, "dir="+dir)
	send(t, p.Addr("source.tcp.apache"), readLines(t, filepath.Join(folder, "access.log"))...)
	p.Stop()

	got, want := map[string][]any{}, map[string][]any{}
	for name, l := range files(t, dir) {
		got[name] = values(t, l)
	}
	for name, l := range files(t, filepath.Join(folder, "written-by-syslog-ng")) {
		want[name] = values(t, l)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-syslog-ng +skidway):\n%s", diff)
	}
}

// values decodes lines of JSON.
func values(t *testing.T, lines []string) []any {
	t.Helper()
	all := make([]any, len(lines))
	for i, l := range lines {
		if err := json.Unmarshal([]byte(l), &all[i]); err != nil {
			t.Fatalf("%s: %v", l, err)
		}
	}
	return all
}

func TestReadmesOfMigratedConfigurationsCountRight(t *testing.T) {
	t.Parallel()
	for name, original := range migrated {
		readme := readLines(t, filepath.Join(name, "README.md"))
		theirs, ours := readLines(t, filepath.Join(name, original)), readLines(t, filepath.Join(name, "skidway.hcl"))
		for _, row := range []string{
			countRow("`"+original+"`", theirs),
			countRow("`skidway.hcl`", ours),
			countRow("`skidway.hcl` without its variables", withoutVariables(ours)),
		} {
			if !slices.Contains(readme, row) {
				t.Errorf("%s/README.md has no line %s", name, row)
			}
		}
	}
}

// countRow is a row of a table: lines that are not empty and no comment, and their characters without what they begin with.
func countRow(name string, lines []string) string {
	var n, chars int
	for _, line := range lines {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			n++
			chars += len(line)
		}
	}
	return fmt.Sprintf("| %s | %d | %d |", name, n, chars)
}

// withoutVariables leaves out the variable blocks of a formatted configuration.
func withoutVariables(lines []string) []string {
	var rest []string
	inside := false
	for _, line := range lines {
		inside = inside || strings.HasPrefix(line, "variable ")
		if !inside {
			rest = append(rest, line)
		}
		inside = inside && line != "}"
	}
	return rest
}
