package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// pidOf waits for the process of a block, started after the first skip ones.
func (d *daemon) pidOf(destination string, skip int) int {
	d.t.Helper()
	l := d.WaitLog(destination+" started", func(l map[string]any) bool {
		if message("plugin started", "destination", destination)(l) {
			skip--
		}
		return skip < 0
	})
	return int(l["pid"].(float64))
}

// TestPluginKilledInTheMiddleOfABatch: what was with the process is sent again, and a file has it once.
func TestPluginKilledInTheMiddleOfABatch(t *testing.T) {
	t.Parallel()
	dir := lay(t, routerOnDisk+postedTo("destination.file.out", "destination.file.batch")+`
destination "file" "out" {
  path = "out.log"
  batch { max_age = "5ms" }
}
destination "file" "batch" {
  path = "batch.log"
  sync = "batch"
  batch { max_age = "5ms" }
}`)
	p := newPoster(t, 200)
	d := runIn(t, dir)
	p.to(d)
	kills := span(4, 8)
	for i := range kills {
		for _, name := range []string{"destination.file.out", "destination.file.batch"} {
			pid := d.pidOf(name, i)
			for range 5 {
				p.must(37)
			}
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			p.must(1)
		}
	}
	p.waitLast(filepath.Join(dir, "out.log"))
	p.waitLast(filepath.Join(dir, "batch.log"))
	d.stopped()
	for _, name := range []string{"out", "batch"} {
		exactlyOnce(t, read(t, filepath.Join(dir, name+".log")), p.accepted, p.size)
		d.has("destination.file."+name, "delivered", p.known(), "held", 0, "dead_lettered", 0)
	}
	t.Logf("%d kills of each, %d records", kills, p.known())
}

// TestStoppedPluginIsReplacedAndItsRecordsWait: one process that stands still costs the other destination nothing.
func TestStoppedPluginIsReplacedAndItsRecordsWait(t *testing.T) {
	dir := lay(t, routerOnDisk+postedTo("destination.file.good", "destination.file.stuck")+fileOut("good")+`
destination "file" "stuck" {
  path         = "stuck.log"
  hang_timeout = "1s"
  batch { max_age = "10ms" }
}`)
	p := newPoster(t, 200)
	d := runIn(t, dir)
	p.to(d)
	p.must(10)
	pid := d.pidOf("destination.file.stuck", 0)
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	slowest := time.Duration(0)
	for replaced := false; !replaced; replaced = d.Logged(message("plugin started", "destination", "destination.file.stuck")) > 1 {
		began := time.Now()
		p.must(10)
		p.waitLast(filepath.Join(dir, "good.log"))
		slowest = max(slowest, time.Since(began))
	}
	if slowest > time.Second {
		t.Errorf("a record took %s to the destination that works", slowest)
	}
	if alive(pid) {
		t.Error("the process that stood still is still there")
	}
	p.waitLast(filepath.Join(dir, "stuck.log"))
	d.stopped()
	for _, name := range []string{"good", "stuck"} {
		exactlyOnce(t, read(t, filepath.Join(dir, name+".log")), p.accepted, p.size)
	}
	t.Logf("the slowest of %d records took %s to the destination that works", p.known(), slowest)
}

// cpuTime is what a process and those of its children that have ended took.
func cpuTime(t *testing.T, pid int) time.Duration {
	t.Helper()
	stat := read(t, "/proc/"+strconv.Itoa(pid)+"/stat")
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	var ticks int
	for _, f := range fields[11:15] {
		n, err := strconv.Atoi(f)
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100
}

// TestPluginThatCannotStartCostsLittle: it is tried again ever more seldom, its records are kept, the others flow, and when
// it can it delivers them.
func TestPluginThatCannotStartCostsLittle(t *testing.T) {
	if testing.Short() {
		t.Skip("restarts with pauses")
	}
	t.Parallel()
	x := newTroubled(t)
	x.configure([]string{troubleA, "destination.file.good"}, x.destination(""), fileOut("good"))
	x.want("unstartable")
	d := x.run()
	x.p.must(100)
	x.p.waitLast(filepath.Join(x.dir, "good.log"))
	failed := message("plugin not started", "destination", troubleA)
	d.WaitLog("the failure is said", failed)
	began, before := time.Now(), cpuTime(t, d.cmd.Process.Pid)
	length := span(5*time.Second, 60*time.Second)
	eventually(t, "the time is over", func() bool { return time.Since(began) > length || d.over() })
	d.running()
	share := float64(cpuTime(t, d.cmd.Process.Pid)-before) / float64(time.Since(began))
	starts := d.Logged(failed)
	t.Logf("%d starts in %s, %.1f %% of a core", starts, length, share*100)
	// With full jitter a few starts may follow each other closely.
	if most := span(20, 40); starts > most {
		t.Errorf("%d starts in %s", starts, length)
	}
	if most := span(0.2, 0.05); share > most {
		t.Errorf("%.1f %% of a core", share*100)
	}
	l := d.WaitLog("it is degraded", func(l map[string]any) bool { return failed(l) && l["degraded"] == true })
	if why, _ := l["error"].(string); !strings.Contains(why, "exit status 7") {
		t.Errorf("the log does not say why: %v", l)
	}
	d.stopped()
	d.has(troubleA, "held", 100, "delivered", 0)
	x.enough("unstartable")
	d = x.run()
	x.p.must(1)
	x.p.waitLast(x.out())
	d.stopped()
	exactlyOnce(t, read(t, x.out()), x.p.accepted, x.p.size)
}

// TestRecordThatEndsThePluginIsStored: only it becomes a dead letter, also when the router is killed while it is suspected.
func TestRecordThatEndsThePluginIsStored(t *testing.T) {
	if testing.Short() {
		t.Skip("restarts with pauses")
	}
	t.Parallel()
	x := newTroubled(t)
	x.configure([]string{troubleA}, x.destination(`
  exit_on       = "deadly"
  max_in_flight = 4
  batch {
    max_age     = "10ms"
    max_records = 1
  }`)) // the restarts that it takes to find the record in a larger batch take minutes
	d := x.run()
	var body strings.Builder
	var good []string
	for i := range 40 {
		record := fmt.Sprintf("good %d", i)
		if i == 21 {
			record = "deadly"
		} else {
			good = append(good, record)
		}
		body.WriteString(record + "\n")
	}
	if !x.p.raw(body.String()) {
		t.Fatal("the records were not accepted")
	}
	eventually(t, "the plugin has ended itself", func() bool { return d.Logged(message("plugin ended")) >= 2 })
	d.killed()
	d = x.run()
	d.WaitLog("the record is found", message("records dead-lettered"))
	waitHolds(t, x.out(), "good 39")
	d.stopped()
	d.has(troubleA, "held", 0, "dropped", 0, "dead_lettered", 1)
	if records, codes := stored(t, x.dir, troubleA); len(records) != 1 || records[0] != "deadly" {
		t.Errorf("the store has %q (%v)", records, codes)
	}
	same(t, "the file", strings.Split(strings.TrimSuffix(string(read(t, x.out())), "\n"), "\n"), good)
}
