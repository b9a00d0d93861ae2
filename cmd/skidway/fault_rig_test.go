package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// routerOnDisk is the router block of the tests that break things: small segments, so that they come and go.
const routerOnDisk = `
router {
  data_dir = "data"
  spool {
    max_bytes     = "32MiB"
    segment_bytes = "64KiB"
  }
}
`

// postedTo is a source of a poster and a pipeline from it.
func postedTo(destinations ...string) string {
	return fmt.Sprintf(`
source "http" "app" {
  listen = "127.0.0.1:0"
  format = "raw"
}
pipeline "main" {
  from = [source.http.app]
  to   = [%s]
}
`, strings.Join(destinations, ", "))
}

// fileOut is a destination that writes to NAME.log without hurry or delay.
func fileOut(name string) string {
	return fmt.Sprintf(`
destination "file" %q {
  path = "%s.log"
  batch { max_age = "10ms" }
}
`, name, name)
}

// lay writes a configuration into a folder of its own.
func lay(t *testing.T, config string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	write(t, filepath.Join(dir, "skidway.hcl"), config)
	return dir
}

func runIn(t *testing.T, dir string) *daemon {
	t.Helper()
	return startArgs(t, dir, "run", "-c", dir)
}

// poster posts records to a source "http", and knows which are accepted: "<run>:<number> <padding>".
type poster struct {
	t        *testing.T
	client   *http.Client
	source   string
	url      string
	size     int
	run      int
	sent     int
	accepted map[int]int
}

func newPoster(t *testing.T, size int) *poster {
	t.Helper()
	p := &poster{t: t, size: size, accepted: map[int]int{}, run: -1, source: "source.http.app"}
	p.client = &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 4}}
	t.Cleanup(p.client.CloseIdleConnections)
	return p
}

// to posts to this router from now on, under a run of its own. It reports whether the router got so far as to listen.
func (p *poster) to(d *daemon) bool {
	p.t.Helper()
	l, ok := d.sees(message("listening", "source", p.source))
	if ok {
		p.client.CloseIdleConnections()
		p.url = "http://" + l["address"].(string) + "/"
		p.next()
	}
	return ok
}

// next begins another run: nobody knows what became of the rest of the last one.
func (p *poster) next() { p.run, p.sent = p.run+1, 0 }

// post sends n records and reports whether they were accepted.
func (p *poster) post(n int) bool {
	p.t.Helper()
	var b bytes.Buffer
	pad := strings.Repeat("x", p.size)
	for i := range n {
		fmt.Fprintf(&b, "%d:%d %s\n", p.run, p.sent+i, pad)
	}
	if !p.raw(b.String()) {
		p.next()
		return false
	}
	p.sent += n
	p.accepted[p.run] = p.sent
	return true
}

// raw posts a body.
func (p *poster) raw(body string) bool {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.url, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode == http.StatusNoContent
}

// must is post of what has to be accepted.
func (p *poster) must(n int) {
	p.t.Helper()
	if !p.post(n) {
		p.t.Fatalf("%d records were not accepted", n)
	}
}

// known counts what is accepted for sure.
func (p *poster) known() (n int) {
	for _, a := range p.accepted {
		n += a
	}
	return n
}

// last is the id of the last record that was accepted.
func (p *poster) last() string { return fmt.Sprintf("%d:%d ", p.run, p.accepted[p.run]-1) }

// waitLast blocks until the last record that was accepted is in the file, and returns the content.
func (p *poster) waitLast(path string) []byte {
	p.t.Helper()
	return waitHolds(p.t, path, p.last())
}

// waitHolds blocks until a line of the file begins with the text, and returns the content up to that line's end.
func waitHolds(t *testing.T, path, text string) (content []byte) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s has the record %s", path, text), func() bool {
		var whole bool
		content, _ = os.ReadFile(path)
		content, whole = throughLine(content, text)
		return whole
	})
	return content
}

// throughLine cuts content behind the line that begins with text.
func throughLine(content []byte, text string) ([]byte, bool) {
	at := bytes.LastIndex(content, []byte("\n"+text))
	if at < 0 && !bytes.HasPrefix(content, []byte(text)) {
		return nil, false
	}
	end := bytes.IndexByte(content[at+1:], '\n')
	return content[:at+1+end+1], end >= 0
}

// sees waits for a log line as WaitLog does, and reports false when the router ended without one.
func (d *daemon) sees(match func(map[string]any) bool) (map[string]any, bool) {
	d.t.Helper()
	deadline := time.AfterFunc(patience, d.changed.Broadcast)
	defer deadline.Stop()
	end := time.Now().Add(patience)
	d.mu.Lock()
	defer d.mu.Unlock()
	for next := 0; ; {
		for ; next < len(d.log); next++ {
			if match(d.log[next]) {
				return d.log[next], true
			}
		}
		if d.ended || !time.Now().Before(end) {
			return nil, false
		}
		d.changed.Wait()
	}
}

// over reports whether the router has ended.
func (d *daemon) over() bool {
	select {
	case <-d.done:
		return true
	default:
		return false
	}
}

// running fails the test when the router has ended.
func (d *daemon) running() {
	d.t.Helper()
	if d.over() {
		d.t.Fatalf("the router ended: %v", d.err)
	}
}

// killed is the end of a router by kill -9.
func (d *daemon) killed() {
	d.t.Helper()
	d.Kill(syscall.SIGKILL)
	d.wait()
}

// stopped is the end of a router in order.
func (d *daemon) stopped() {
	d.t.Helper()
	if status := d.Stop(); status != exitDone {
		d.t.Errorf("exit status %d, want %d", status, exitDone)
	}
}

// has compares the numbers that a destination ends with, given as pairs of a name and a number.
func (d *daemon) has(destination string, pairs ...any) {
	d.t.Helper()
	e := d.Ended(destination)
	for i := 0; i < len(pairs); i += 2 {
		name := pairs[i].(string)
		got, _ := e[name].(float64)
		if want := pairs[i+1].(int); int(got) != want {
			d.t.Errorf("%s ended with %s = %v, want %d: %v", destination, name, e[name], want, e)
		}
	}
}

// atLeastOnce checks that every record that was accepted is there, the first copies of each run in their order. It
// returns how many lines repeat another.
func atLeastOnce(t *testing.T, content []byte, accepted map[int]int) (repeated int) {
	t.Helper()
	next := map[int]int{}
	wrong := 0
	for line := range bytes.Lines(content) {
		var run, n int
		if _, err := fmt.Sscanf(string(line), "%d:%d ", &run, &n); err != nil {
			continue // torn by a kill
		}
		switch {
		case n == next[run]:
			next[run]++
		case n < next[run]:
			repeated++
		default:
			if wrong++; wrong < 10 {
				t.Errorf("record %d of run %d is there where %d was due", n, run, next[run])
			}
			next[run] = n + 1
		}
	}
	for run, n := range accepted {
		if next[run] < n {
			t.Errorf("run %d: %d records were accepted, %d arrived", run, n, next[run])
		}
	}
	return repeated
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
