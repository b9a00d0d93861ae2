package main

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skidway/skidway/core/admin"
)

// startSteps runs a router with transforms and routes on a data_dir, and gives it nine records, of which it drops two and
// gives up two.
func startSteps(t *testing.T) *daemon {
	t.Helper()
	d := start(t, `
router {
  data_dir = "data"

  spool {
    retain = "1h"
  }
}
source "tcp" "app" { listen = "127.0.0.1:0" }
destination "file" "errors" {
  path = "errors.log"
  batch {
    max_age = "10ms"
  }
}
destination "file" "rest" {
  path = "rest.log"
  batch {
    max_age = "10ms"
  }
}
pipeline "main" {
  from = [source.tcp.app]
  transform "drop" {
    when = record.level == "debug"
  }
  transform "parse" {
    when     = record.text != null
    field    = record.text
    format   = "json"
    on_error = "dead_letter"
  }
  transform "set" {
    when   = record.n > 1
    fields = { seen = true }
  }
  route "errors" {
    when  = record.level == "error" || record.level > 3
    to    = [destination.file.errors]
    final = true
  }
  route "known" {
    when = record.level != null
    to   = [destination.file.rest]
  }
  otherwise {
    drop = true
  }
}
`)
	tell(t, d,
		`{"level":"error","n":1}`, `{"level":"info","n":2}`, `{"level":"error","n":3}`, `{"level":"debug"}`, "no json",
		`{"level":"info","text":"{"}`, `{"level":"error","text":"["}`, `{"level":"info","text":"{\"a\":1}"}`, `{"level":["x"]}`)
	eventually(t, "everything is settled", func() bool {
		errors, rest := d.destination("destination.file.errors"), d.destination("destination.file.rest")
		return errors.Delivered == 2 && rest.Delivered == 3 && errors.Backlog.Records+rest.Backlog.Records == 0
	})
	return d
}

// tell sends lines to the source tcp.app.
func tell(t *testing.T, d *daemon, lines ...string) {
	t.Helper()
	c, err := net.Dial("tcp", d.Addr("source.tcp.app"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, strings.Join(lines, "\n")+"\n"); err != nil {
		t.Fatal(err)
	}
	c.Close()
}

func fileHas(t *testing.T, path, want string) {
	t.Helper()
	if b, err := os.ReadFile(path); err != nil || string(b) != want {
		t.Errorf("%s: %v\n%swant\n%s", path, err, b, want)
	}
}

func TestStepsOfARunningRouter(t *testing.T) {
	d := startSteps(t)
	fileHas(t, filepath.Join(d.Dir, "errors.log"), `{"level":"error","n":1}`+"\n"+`{"level":"error","n":3,"seen":true}`+"\n")
	fileHas(t, filepath.Join(d.Dir, "rest.log"),
		`{"level":"info","n":2,"seen":true}`+"\n"+`{"level":"info","text":"{\"a\":1}","a":1}`+"\n"+`{"level":["x"]}`+"\n")

	s := d.status()
	// A record for which the when of a route fails goes to otherwise too.
	if len(s.Pipelines) != 1 {
		t.Fatalf("pipelines of the status: %+v", s.Pipelines)
	}
	p := s.Pipelines[0]
	if p.Address != "pipeline.main" || p.Records != 9 || p.Out != 5 || p.DeadLettered != 2 || p.Otherwise != 4 ||
		p.Dropped["drop"] != 1 || p.Dropped["otherwise"] != 1 || len(p.Dropped) != 2 {
		t.Errorf("status of the pipeline: %+v", p)
	}
	steps := map[string]admin.StepStatus{}
	for _, step := range p.Steps {
		steps[step.Kind+" "+step.When] = step
	}
	for step, want := range map[string][3]int64{ // records, errors, dead letters
		`drop record.level == "debug"`:                      {1, 0, 0},
		`parse record.text != null`:                         {3, 2, 2},
		`set record.n > 1`:                                  {2, 0, 0},
		`route record.level == "error" || record.level > 3`: {2, 3, 0},
		`route record.level != null`:                        {3, 0, 0},
	} {
		if got, ok := steps[step]; !ok || [3]int64{got.Records, got.Errors, got.DeadLettered} != want {
			t.Errorf("step %q: %+v, want records, errors and dead letters of %v", step, got, want)
		}
	}
	text := d.must("status", "-c", d.Dir)
	contains(t, text, "PIPELINE")
	contains(t, text, "drop 1, otherwise 1")
	contains(t, text, `pipeline.main route "errors": 2 records, 3 errors (the first one is in the log)`)
	d.WaitLog("the first error", func(l map[string]any) bool {
		return l["@message"] == "an expression or transform failed for a record: more of them are counted, not logged" && l["route"] == "errors"
	})
	if status := d.Stop(); status != exitDone {
		t.Errorf("exit status %d", status)
	}
}

func TestWhereOfARunningRouter(t *testing.T) {
	d := startSteps(t)
	found := ""
	eventually(t, "the record is known as delivered", func() bool { // once the places of the destinations are on the disk
		found = d.must("find", "--where", `record.level == "error" && record.n > 2`, "-c", d.Dir)
		return strings.Contains(found, "→ destination.file.errors: delivered")
	})
	contains(t, found, `{"level":"error","n":3,"seen":true}`)
	contains(t, found, "→ destination.file.rest: not routed there")
	if n := strings.Count(found, "source.tcp.app"); n != 1 {
		t.Errorf("%d records were found, want 1:\n%s", n, found)
	}
	contains(t, d.must("find", "--where", `record.seen == true`, "--contains", "info", "-c", d.Dir), `{"level":"info","n":2,"seen":true}`)
	contains(t, d.must("find", "--where", `meta.source == "source.tcp.none"`, "-c", d.Dir), "nothing matches")
	if _, stderr, status := d.ask("find", "--where", "record.", "-c", d.Dir); status == exitDone || !strings.Contains(stderr, "--where: ") {
		t.Errorf("an expression that is none: exit status %d\n%s", status, stderr)
	}

	// What a transform gave up is found too, and sent again by its own expression.
	contains(t, d.must("find", "--where", `record.text == "{"`, "-c", d.Dir), "→ pipeline.main: dead letter since")
	list := d.must("dead-letter", "list", "--where", `record.level == "error"`, "-c", d.Dir)
	contains(t, list, "pipeline.main  1 ")
	contains(t, list, "parse json")
	contains(t, d.must("dead-letter", "show", "--where", `record.level == "info"`, "-c", d.Dir), `"record":"{\"level\":\"info\",\"text\":\"{\"}"`)
	contains(t, d.must("dead-letter", "replay", "pipeline.main", "--to", "destination.file.rest", "--where", `record.level == "info"`, "-c", d.Dir), "1 dead letter sent again")
	eventually(t, "the dead letter is delivered", func() bool { return d.destination("destination.file.rest").Delivered == 4 })
	contains(t, d.must("dead-letter", "list", "-c", d.Dir), "pipeline.main  1 ")
	contains(t, d.must("dead-letter", "purge", "pipeline.main", "--where", `record.level == "error"`, "-c", d.Dir), "1 dead letter removed")
	contains(t, d.must("dead-letter", "list", "-c", d.Dir), "no dead letters")

	// What was delivered is sent again elsewhere.
	contains(t, d.must("spool", "replay", "--to", "destination.file.rest", "--like", "destination.file.errors", "--from", "1h",
		"--where", "record.n > 2", "--dry-run", "-c", d.Dir), "1 record")
	d.must("spool", "replay", "--to", "destination.file.rest", "--like", "destination.file.errors", "--from", "1h", "--where", "record.n > 2", "-c", d.Dir)
	eventually(t, "the record is delivered", func() bool { return d.destination("destination.file.rest").Delivered == 5 })
	b, err := os.ReadFile(filepath.Join(d.Dir, "rest.log"))
	if err != nil || !strings.HasSuffix(string(b), `{"level":"info","text":"{"}`+"\n"+`{"level":"error","n":3,"seen":true}`+"\n") {
		t.Errorf("rest.log: %v\n%s", err, b)
	}
	d.Stop()

	// The same on what a stopped router left.
	data := filepath.Join(d.Dir, "data")
	contains(t, d.must("find", "--where", `record.n == 3`, "--dir", data), `{"level":"error","n":3,"seen":true}`)
}
