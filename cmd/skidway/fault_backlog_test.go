package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// oneDown is a router with two destinations that get everything, of which a is down and has a backlog of half a MiB. A second
// source reaches b alone.
func oneDown(t *testing.T, whenFull string) (x *troubled, d *daemon, other *poster) {
	t.Helper()
	x = newTroubled(t)
	x.p.size = 1000
	x.configure([]string{troubleA, "destination.file.b"}, x.destination(`
  backlog {
    max_bytes = "512KiB"
    when_full = "`+whenFull+`"
  }`), fileOut("b"), `
source "http" "other" {
  listen = "127.0.0.1:0"
  format = "raw"
}
pipeline "other" {
  from = [source.http.other]
  to   = [destination.file.other]
}
`, fileOut("other"))
	x.want("down")
	path := filepath.Join(x.dir, "skidway.hcl")
	write(t, path, strings.Replace(string(read(t, path)), `format = "raw"`, "format = \"raw\"\n  accept_timeout = \"1s\"", 1))
	d = x.run()
	other = newPoster(t, 1000)
	other.source = "source.http.other"
	if !other.to(d) {
		t.Fatal("the other source does not listen")
	}
	return x, d, other
}

// TestFullBacklogThatDropsItsOldest: what the destination that is down loses is counted, and nobody else loses or waits.
func TestFullBacklogThatDropsItsOldest(t *testing.T) {
	t.Parallel()
	x, d, other := oneDown(t, "drop_oldest")
	for range 40 {
		x.p.must(50)
		other.must(50)
	}
	x.p.waitLast(filepath.Join(x.dir, "b.log"))
	other.waitLast(filepath.Join(x.dir, "other.log"))
	d.WaitLog("the loss is said", message("records dropped", "destination", troubleA))
	d.killed()
	d = x.run()
	x.p.must(50)
	x.enough("down")
	x.p.waitLast(x.out())
	d.stopped()
	d.has("destination.file.b", "held", 0, "dropped", 0)
	exactlyOnce(t, read(t, filepath.Join(x.dir, "b.log")), x.p.accepted, x.p.size)
	exactlyOnce(t, read(t, filepath.Join(x.dir, "other.log")), other.accepted, other.size)

	// What is left begins where the drops end, and has no gap.
	d.has(troubleA, "held", 0, "dead_lettered", 0)
	got := map[string]bool{}
	first := ""
	for line := range strings.Lines(string(read(t, x.out()))) {
		id, _, _ := strings.Cut(line, " ")
		if first == "" {
			first = id
		}
		got[id] = true
	}
	if len(got) < 300 || len(got) > 700 {
		t.Errorf("%d records were kept in half a MiB", len(got))
	}
	t.Logf("%d of %d records were kept, the first is %s", len(got), x.p.known(), first)
}

// TestLossOfABacklogIsCounted: accepted is delivered, dropped and held together.
func TestLossOfABacklogIsCounted(t *testing.T) {
	t.Parallel()
	x, d, _ := oneDown(t, "drop_oldest")
	for range 40 {
		x.p.must(50)
	}
	d.stopped()
	e := d.Ended(troubleA)
	held, dropped := int(e["held"].(float64)), int(e["dropped"].(float64))
	if held+dropped != 2000 || e["delivered"] != 0.0 || held < 250 || e["dropped_backlog_full"] != float64(dropped) {
		t.Errorf("at the end: %v", e)
	}
	x.enough("down")
	d = x.run()
	eventually(t, "there is room in the backlog again", func() bool {
		content, err := os.ReadFile(x.out())
		return err == nil && strings.Count(string(content), "\n") >= held
	})
	x.p.must(50)
	x.p.waitLast(x.out())
	d.stopped()
	e = d.Ended(troubleA)
	if e["delivered"] != float64(held+50) || e["dropped"] != 0.0 || e["held"] != 0.0 {
		t.Errorf("of 2000 records %d were held and %d were dropped when the router was stopped; after the next start: %v", held, dropped, e)
	}
	if n := strings.Count(string(read(t, x.out())), "\n"); n != held+50 {
		t.Errorf("%d records arrived, want %d", n, held+50)
	}
}

// TestFullBacklogThatBlocks: the source that reaches the destination that is down waits, and nothing is lost. The other
// source goes on.
func TestFullBacklogThatBlocks(t *testing.T) {
	t.Parallel()
	x, d, other := oneDown(t, "block")
	for x.p.post(50) {
		if x.p.known() > 5000 {
			t.Fatal("the source is never stopped")
		}
	}
	if n := x.p.known(); n < 300 {
		t.Errorf("the source was stopped after %d records", n)
	}
	for range 20 {
		other.must(50)
	}
	other.waitLast(filepath.Join(x.dir, "other.log"))
	d.killed()
	d = x.run()
	if x.p.post(600) {
		t.Error("the backlog was forgotten over a restart")
	}
	x.enough("down")
	eventually(t, "the source goes on", func() bool { return x.p.post(50) })
	for range 20 {
		x.p.must(50)
	}
	x.p.waitLast(x.out())
	d.stopped()
	d.has(troubleA, "held", 0, "dropped", 0)
	d.has("destination.file.b", "held", 0, "dropped", 0)
	exactlyOnce(t, read(t, filepath.Join(x.dir, "b.log")), x.p.accepted, x.p.size)
	atLeastOnce(t, read(t, x.out()), x.p.accepted)
}
