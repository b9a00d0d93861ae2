package examples_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// send writes lines to a router over one connection, and closes it.
func send(t *testing.T, address string, lines ...string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	sendTo(t, conn, lines...)
}

func sendTo(t *testing.T, conn net.Conn, lines ...string) {
	t.Helper()
	if _, err := conn.Write([]byte(strings.Join(lines, "\n") + "\n")); err != nil {
		t.Fatal(err)
	}
}

// numbered returns n lines that differ.
func numbered(prefix string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%s %d", prefix, i)
	}
	return all
}

// copyExample copies the files of an example to a folder of the test's, after replacing some text, old and new in turn.
func copyExample(t *testing.T, name string, replace ...string) string {
	t.Helper()
	dir := t.TempDir()
	entries, err := os.ReadDir(name)
	if err != nil {
		t.Fatal(err)
	}
	seen := make([]bool, len(replace)/2)
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".hcl" {
			continue
		}
		content, err := os.ReadFile(filepath.Join(name, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for i := range seen {
			seen[i] = seen[i] || bytes.Contains(content, []byte(replace[2*i]))
		}
		text := strings.NewReplacer(replace...).Replace(string(content))
		if err := os.WriteFile(filepath.Join(dir, e.Name()), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i, ok := range seen {
		if !ok {
			t.Fatalf("%s holds no %q", name, replace[2*i])
		}
	}
	return dir
}

// readLines returns the lines of a file.
func readLines(t *testing.T, path string) []string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.TrimSuffix(string(content), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// eventually waits until ok holds, which only asking can show.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("%s: not within %s", what, patience)
		}
	}
}

// simulated is a record of the simulator.
type simulated struct {
	Seq  int       `json:"seq"`
	Time time.Time `json:"ts"`
}

// decode returns a line as a record of the simulator; ok is false when it is none.
func decode(line string) (r simulated, ok bool) {
	return r, strings.HasPrefix(line, `{"seq":`) && json.Unmarshal([]byte(line), &r) == nil
}

// countIn returns how often a file holds text; never when there is no file yet.
func countIn(t *testing.T, path, text string) int {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return bytes.Count(content, []byte(text))
}
