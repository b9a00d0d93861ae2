package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// copyTree copies a folder as somebody would who makes a backup of a router that runs.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "cp", "-r", from, to).CombinedOutput(); err != nil {
		t.Fatalf("copy: %v\n%s", err, out)
	}
}

// restore puts a copy in the place of a folder.
func restore(t *testing.T, backup, dir string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	copyTree(t, backup, dir)
}

// TestDirectoryRestoredFromACopy: the copy was made while the router ran, and what came after it was delivered. No new
// record is taken for an old one.
func TestDirectoryRestoredFromACopy(t *testing.T) {
	t.Parallel()
	for name, further := range map[string]func(p *poster, d *daemon, again func() *daemon) *daemon{
		"at once": func(_ *poster, d *daemon, _ func() *daemon) *daemon { return d },
		"after further records": func(p *poster, d *daemon, _ func() *daemon) *daemon {
			for range 20 {
				p.must(50)
			}
			return d
		},
		"after further lives": func(p *poster, d *daemon, again func() *daemon) *daemon {
			for range 3 {
				p.must(50)
				d.killed()
				d = again()
			}
			p.must(5)
			return d
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScripted(t, 204, "")
			dir := httpTo(t, s, "max_in_flight = 1")
			config := strings.Replace(string(read(t, filepath.Join(dir, "skidway.hcl"))), "to   = [", "to   = [destination.file.out, ", 1)
			write(t, filepath.Join(dir, "skidway.hcl"), config+fileOut("out"))
			data, backup, out := filepath.Join(dir, "data"), filepath.Join(dir, "backup"), filepath.Join(dir, "out.log")
			p := newPoster(t, 200)
			again := func() *daemon {
				d := runIn(t, dir)
				if !p.to(d) {
					t.Fatal("the router did not start")
				}
				return d
			}
			d := again()
			for range 20 {
				p.must(50)
			}
			copyTree(t, data, backup)
			d = further(p, d, again)
			p.waitLast(out)
			s.waitLast(t, p)
			d.killed()
			restore(t, backup, data)
			d = again()
			for range 3 {
				p.must(50)
			}
			p.waitLast(out)
			s.waitLast(t, p)
			d.killed()
			d = again()
			p.must(50)
			d.stopped()
			twice := atLeastOnce(t, read(t, out), p.accepted)
			atLeastOnce(t, s.content(), p.accepted)
			t.Logf("%d of %d records came twice to the file", twice, p.known())
			for _, to := range []string{"destination.file.out", httpOut} {
				d.has(to, "held", 0, "dropped", 0, "dead_lettered", 0)
			}
		})
	}
}

// TestDirectoryRestoredWhileRecordsComeIn: new records have positions before the file says which ones it has, and they are
// ones that it has. The router is killed before it delivered any of them.
func TestDirectoryRestoredWhileRecordsComeIn(t *testing.T) {
	t.Parallel()
	dir := lay(t, routerOnDisk+`
source "tcp" "app" { listen = "127.0.0.1:0" }
destination "file" "out" { path = "out.log" }
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.file.out]
}
`)
	data, backup, out := filepath.Join(dir, "data"), filepath.Join(dir, "backup"), filepath.Join(dir, "out.log")
	life := func(name string, n int) *daemon {
		d := runIn(t, dir)
		s := dial(t, d.Addr("source.tcp.app"), name)
		s.send(n)
		s.close()
		last := fmt.Sprintf("%s %d %s", name, n-1, padding)
		eventually(t, "the records are on the disk", func() bool {
			segments, _ := filepath.Glob(filepath.Join(data, "spool", "*.seg"))
			for _, path := range segments {
				if content, _ := os.ReadFile(path); bytes.Contains(content, []byte(last)) {
					return true
				}
			}
			return false
		})
		d.WaitLog("the file is there", message("destination ready"))
		return d
	}
	d := life("first", 100)
	copyTree(t, data, backup)
	d.killed()
	// Each start after a kill begins with positions that no other has had, as far as the directory knows.
	life("second", 5).stopped()
	restore(t, backup, data)
	life("third", 30).killed()
	d = runIn(t, dir)
	d.WaitLog("the file is there", message("destination ready"))
	d.stopped()
	l := readLedgerFile(t, out)
	for name, n := range map[string]int{"first": 100, "second": 5, "third": 30} {
		(&ledger{numbers: map[string][]int{name: l.numbers[name]}}).firstCopies(t, 1, n)
	}
	d.has("destination.file.out", "held", 0, "dropped", 0)
}

func TestSecondRouterOnADirectoryIsRefused(t *testing.T) {
	dir := lay(t, routerOnDisk+postedTo("destination.file.out")+fileOut("out"))
	p := newPoster(t, 100)
	d := runIn(t, dir)
	p.to(d)
	p.must(10)
	second := runIn(t, dir)
	if status := second.wait(); status != exitFailed {
		t.Errorf("exit status %d, want %d", status, exitFailed)
	}
	said := strings.Join(second.raw, "\n")
	for _, part := range []string{filepath.Join(dir, "data"), "another process uses it", "stop"} {
		if !strings.Contains(said, part) {
			t.Errorf("the second router does not say %q: %s", part, said)
		}
	}
	p.must(10)
	d.stopped()
	exactlyOnce(t, read(t, filepath.Join(dir, "out.log")), p.accepted, p.size)
}

// TestCopyElsewhereSaysWhatItIs: the original may still be in use.
func TestCopyElsewhereSaysWhatItIs(t *testing.T) {
	t.Parallel()
	config := routerOnDisk + postedTo("destination.file.out") + fileOut("out")
	original, other := lay(t, config), lay(t, config)
	p := newPoster(t, 100)
	d := runIn(t, original)
	p.to(d)
	p.must(50)
	p.waitLast(filepath.Join(original, "out.log"))
	copyTree(t, filepath.Join(original, "data"), filepath.Join(other, "data"))
	copied := runIn(t, other)
	l := copied.WaitLog("it is a copy", message("was copied, restored or moved"))
	if l["inode_was"] == l["inode"] || l["since"] == nil {
		t.Errorf("the log says %v", l)
	}
	q := newPoster(t, 100)
	q.to(copied)
	q.must(50)
	q.waitLast(filepath.Join(other, "out.log"))
	copied.stopped()
	p.must(50)
	d.stopped()
	exactlyOnce(t, read(t, filepath.Join(original, "out.log")), p.accepted, p.size)
	if content := read(t, filepath.Join(other, "out.log")); bytes.Count(content, []byte("\n")) < 50 {
		t.Errorf("the copy delivered %q", content)
	}
	// Once is enough.
	copied = runIn(t, other)
	q.to(copied)
	copied.stopped()
	if n := copied.Logged(message("was copied, restored or moved")); n > 0 {
		t.Error("it is said again at the next start")
	}
}
