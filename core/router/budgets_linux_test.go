package router_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

const threePlugins = `
source "tcp" "in" { listen = "127.0.0.1:0" }
destination "file" "a" { path = "a.log" }
destination "file" "b" { path = "b.log" }
destination "tcp" "c" { address = "%s" }
pipeline "main" {
  from = [source.tcp.in]
  to   = [destination.file.a, destination.file.b, destination.tcp.c]
}
`

// receiver takes what a tcp destination sends, and forgets it.
func receiver(t testing.TB) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(io.Discard, c) }()
		}
	}()
	return ln.Addr().String()
}

// block is about a MiB of lines.
func block() []byte {
	var b []byte
	for seq := range 4096 {
		b = appendWholeLine(b, seq)
	}
	return b
}

// TestMemoryWhileDestinationsKeepUp: router and three plugins, 100 connections, at most 120 MiB in all.
func TestMemoryWhileDestinationsKeepUp(t *testing.T) {
	if testing.Short() {
		t.Skip("sends 200 MiB")
	}
	r := runProgram(t, fmt.Sprintf(threePlugins, receiver(t)))
	addr := r.addr()
	lines, sent := block(), 0
	conns := make([]net.Conn, 100)
	for i := range conns {
		conns[i] = connect(t, addr)
	}
	for range 2 {
		for _, c := range conns {
			if _, err := c.Write(lines); err != nil {
				t.Fatal(err)
			}
			sent += len(lines)
			until(t, "the files keep up", func() bool {
				for _, name := range []string{"a.log", "b.log"} {
					// The last batch may wait for its age.
					if st, err := os.Stat(filepath.Join(r.dir, name)); err != nil || st.Size() < int64(sent)-100*wholeLineBytes {
						return false
					}
				}
				return true
			})
		}
	}
	pss := memoryMiB(r.processes(), "Pss")
	t.Logf("PSS of router and three plugins: %.1f MiB", pss)
	if pss > 120 {
		t.Errorf("router and three plugins take %.1f MiB, more than 120", pss)
	}
	for i, pid := range r.processes()[1:] {
		t.Logf("private memory of plugin %d after the load: %.1f MiB", i+1, memoryMiB([]int{pid}, "Private_Dirty"))
	}
}

// TestMemoryOfAFullSpool: a full spool adds at most 1.1 times its bound.
func TestMemoryOfAFullSpool(t *testing.T) {
	if testing.Short() {
		t.Skip("fills 64 MiB")
	}
	r := runProgram(t, `
source "tcp" "in" { listen = "127.0.0.1:0" }
destination "tcp" "absent" {
  address = "127.0.0.1:9"
  backlog {
    max_bytes = "64MiB"
    when_full = "drop_oldest"
  }
}
pipeline "main" {
  from = [source.tcp.in]
  to   = [destination.tcp.absent]
}
`)
	c := connect(t, r.addr())
	r.await("plugin started", "")
	router := r.processes()[:1]
	before := memoryMiB(router, "Pss")
	for lines, sent := block(), 0; sent < 256<<20; sent += len(lines) { // four times what it holds
		if _, err := c.Write(lines); err != nil {
			t.Fatal(err)
		}
	}
	added := memoryMiB(router, "Pss") - before
	t.Logf("a full spool of 64 MiB adds %.1f MiB", added)
	if added > 1.1*64 {
		t.Errorf("a full spool of 64 MiB adds %.1f MiB, more than 1.1 times its bound", added)
	}
}

// TestMemoryOfIdleConnections: ten thousand connections that have sent a line and are silent add at most 100 MiB.
func TestMemoryOfIdleConnections(t *testing.T) {
	if testing.Short() {
		t.Skip("opens 9000 connections")
	}
	const connections = 9000 // with this process's ends they fit into 20 000 descriptors
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Max < connections+1000 {
		t.Skipf("the limit of open files is %d", limit.Max)
	}
	r := runProgram(t, `
source "tcp" "in" { listen = "127.0.0.1:0" }
destination "file" "out" {
  path = "out.log"
  batch {
    max_age = "10ms"
  }
}
pipeline "main" {
  from = [source.tcp.in]
  to   = [destination.file.out]
}
`)
	addr := r.addr()
	r.await("plugin started", "")
	router := r.processes()[:1]
	before := memoryMiB(router, "Pss")
	line := appendWholeLine(nil, 0)
	for range connections {
		if _, err := connect(t, addr).Write(line); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "every line has arrived", func() bool {
		st, err := os.Stat(filepath.Join(r.dir, "out.log"))
		return err == nil && st.Size() == connections*wholeLineBytes
	})
	added := (memoryMiB(router, "Pss") - before) * 10_000 / connections
	t.Logf("10 000 idle connections add %.1f MiB", added)
	if added > 100 {
		t.Errorf("10 000 idle connections add %.1f MiB, more than 100", added)
	}
}

// BenchmarkStart measures from the start of the process to the line that says it listens, with three plugins, and how
// much of a core the idle router and its plugins use.
func BenchmarkStart(b *testing.B) {
	config := fmt.Sprintf(threePlugins, receiver(b))
	built(b)
	var times []float64
	for b.Loop() {
		began := time.Now()
		r := runProgram(b, config)
		r.addr()
		times = append(times, time.Since(began).Seconds()*1000)
		for range 3 {
			r.await("destination ready", "")
		}
		r.stop()
	}
	b.ReportMetric(median(times), "ms-to-listening")
	b.ReportMetric(0, "ns/op")

	r := runProgram(b, config)
	for range 3 {
		r.await("destination ready", "")
	}
	before, began := cpuSeconds(r.processes()), time.Now()
	<-time.After(20 * time.Second) // what is measured
	b.ReportMetric(100*(cpuSeconds(r.processes())-before)/time.Since(began).Seconds(), "%-of-a-core-idle")
	for i, pid := range r.processes()[1:] {
		b.ReportMetric(memoryMiB([]int{pid}, "Private_Clean", "Private_Dirty"), fmt.Sprintf("MiB-private-plugin%d", i+1))
	}
	r.stop()
}

// BenchmarkDrain measures how long the router takes to end when it holds a spool full of records for a destination that
// was away and is back.
func BenchmarkDrain(b *testing.B) {
	var times []float64
	for b.Loop() {
		r := runProgram(b, `
router {
  spool {
    max_bytes = "80MiB"
  }
}
source "tcp" "in" { listen = "127.0.0.1:0" }
destination "file" "out" {
  path = "out.log"
}
pipeline "main" {
  from = [source.tcp.in]
  to   = [destination.file.out]
}
`)
		addr := r.addr()
		r.await("destination ready", "")
		plugin := r.processes()[1]
		if err := syscall.Kill(plugin, syscall.SIGSTOP); err != nil {
			b.Fatal(err)
		}
		lines, sent := block(), 0
		c := connect(b, addr)
		for ; sent < 63<<20; sent += len(lines) {
			if _, err := c.Write(lines); err != nil {
				b.Fatal(err)
			}
		}
		c.Close()
		if err := syscall.Kill(plugin, syscall.SIGCONT); err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		r.stop()
		times = append(times, time.Since(began).Seconds()*1000)
		content, err := os.ReadFile(filepath.Join(r.dir, "out.log"))
		if err != nil || len(content) != sent || bytes.Count(content, []byte("\n")) != sent/wholeLineBytes {
			b.Fatalf("%d of %d bytes are in the file (%v)", len(content), sent, err)
		}
	}
	b.ReportMetric(median(times), "ms-to-drain-64MiB")
	b.ReportMetric(0, "ns/op")
}

// stopPlugin stops the process that a line of the log tells of, as if it hung.
func stopPlugin(l map[string]any) {
	if pid, ok := l["pid"].(float64); ok {
		_ = syscall.Kill(int(pid), syscall.SIGSTOP)
	}
}

// BenchmarkDeadDestination alternates a router with one destination and a router that has a second, stuck one with
// drop_oldest beside it, which is replaced every two seconds and hangs again, over twenty seconds of load each, and
// reports what share of its lines/s the first one keeps.
func BenchmarkDeadDestination(b *testing.B) {
	const rounds = 5
	config := func(second bool) string {
		c := `
source "tcp" "in" { listen = "127.0.0.1:0" }
destination "file" "good" { path = "good.log" }
pipeline "main" {
  from = [source.tcp.in]
  to   = [destination.file.good]
}
`
		if second {
			c += `
destination "file" "stuck" {
  path         = "stuck.log"
  hang_timeout = "2s"
  backlog {
    when_full = "drop_oldest"
  }
}
pipeline "second" {
  from = [source.tcp.in]
  to   = [destination.file.stuck]
}
`
		}
		return c
	}
	measure := func(second bool) float64 {
		r := runProgram(b, config(second))
		addr := r.addr()
		if second {
			stopPlugin(r.await("plugin started", "destination.file.stuck"))
			go func() { // and each that replaces it
				for l := range r.logs {
					if l["@message"] == "plugin started" && l["destination"] == "destination.file.stuck" {
						stopPlugin(l)
					}
				}
			}()
		}
		lines, c := block(), connect(b, addr)
		sent, began := 0, time.Now()
		for time.Since(began) < 4*time.Second {
			if _, err := c.Write(lines); err != nil {
				b.Fatal(err)
			}
			sent += len(lines)
		}
		rate := float64(sent/wholeLineBytes) / time.Since(began).Seconds()
		_ = r.cmd.Process.Kill() // a drain would wait for the stuck one
		_ = r.cmd.Wait()
		return rate
	}
	for b.Loop() {
		var alone, beside, kept []float64
		for range rounds {
			a, s := measure(false), measure(true)
			alone, beside, kept = append(alone, a), append(beside, s), append(kept, 100*s/a)
		}
		b.ReportMetric(median(alone), "lines/s-alone")
		b.ReportMetric(median(beside), "lines/s-beside-a-stuck-one")
		b.ReportMetric(median(kept), "%-kept")
		b.ReportMetric(0, "ns/op")
	}
}
