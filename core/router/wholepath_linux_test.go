package router_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The whole path: a load generator in a process of its own sends lines over TCP to the real program, whose file plugin
// writes them from a process of its own. Beside it, in the same run, the limit: one process that reads from the
// sockets and writes to the file. See BENCHMARKS.md.

const (
	wholeLineBytes   = 256
	wholeConnections = 4
	wholeReadBytes   = 256 << 10
	// wholeLines are sent in a run.
	wholeLines = 2_000_000
)

// envWhole makes the test binary one of the benchmark's other processes.
const envWhole = "SKIDWAY_TEST_WHOLE"

func TestMain(m *testing.M) {
	switch os.Getenv(envWhole) {
	case "load":
		os.Exit(exit(wholeLoad(os.Args[1], os.Args[2])))
	case "limit":
		os.Exit(exit(wholeLimit(os.Args[1], os.Args[2])))
	}
	os.Exit(runTests(m))
}

// runTests gives the tests a folder for the program that they build.
func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "skidway-program-")
	if err != nil {
		return exit(err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder that stays is no failure
	if err := os.Setenv(envProgram, dir); err != nil {
		return exit(err)
	}
	return m.Run()
}

func exit(err error) int {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// wholeLoad sends count lines over all connections as fast as they are taken. A line is a pure function of its number.
func wholeLoad(addr, count string) error {
	n, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	conns := make([]net.Conn, wholeConnections)
	for i := range conns {
		if conns[i], err = net.Dial("tcp", addr); err != nil {
			return err
		}
	}
	fmt.Println(time.Now().UnixNano())
	errs := make([]error, len(conns))
	var wg sync.WaitGroup
	for i, c := range conns {
		wg.Go(func() {
			defer c.Close()
			buf := make([]byte, 0, 1024*wholeLineBytes)
			for seq := i; seq < n; {
				for buf = buf[:0]; seq < n && len(buf) < cap(buf); seq += len(conns) {
					buf = appendWholeLine(buf, seq)
				}
				if _, errs[i] = c.Write(buf); errs[i] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

const (
	wholeHead = `{"seq":1000000000,"level":"info","side":"a","rare":"n","service":"s00","msg":"`
	wholeTail = `"}` + "\n"
)

var wholeTemplate = []byte(wholeHead + strings.Repeat("m", wholeLineBytes-len(wholeHead)-len(wholeTail)) + wholeTail)

// Which lines have what routes can tell apart. Each connection has all kinds alike, whichever number they come in; their
// counts in a run are multiples of a batch, so that none waits for its age.
func wholeWarns(seq int) bool { return (seq/wholeConnections+seq)%10 == 0 }
func wholeRare(seq int) bool  { return seq/wholeConnections%1000 == seq%wholeConnections*250 }
func wholeOther(seq int) bool { return seq/wholeConnections%2 == 1 }

func appendWholeLine(b []byte, seq int) []byte {
	at := len(b)
	b = append(b, wholeTemplate...)
	line := b[at:]
	if wholeWarns(seq) {
		copy(line[len(`{"seq":1000000000,"level":"`):], "warn")
	}
	if wholeOther(seq) {
		line[len(`{"seq":1000000000,"level":"info","side":"`)] = 'b'
	}
	if wholeRare(seq) {
		line[len(`{"seq":1000000000,"level":"info","side":"a","rare":"`)] = 'y'
	}
	service := seq / wholeConnections % 100
	line[len(wholeHead)-len(`00","msg":"`)] = byte('0' + service/10)
	line[len(wholeHead)-len(`0","msg":"`)] = byte('0' + service%10)
	for i := 8; i >= 0; i-- {
		line[len(`{"seq":1`)+i] = byte('0' + seq%10)
		seq /= 10
	}
	return b
}

// wholeLimit reads whole lines and writes them to one file, in one process.
func wholeLimit(listen, path string) error {
	ln, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	for {
		c, err := ln.Accept()
		if err != nil {
			return err
		}
		go func() {
			buf, have := make([]byte, wholeReadBytes), 0
			for {
				n, err := c.Read(buf[have:])
				have += n
				if whole := bytes.LastIndexByte(buf[:have], '\n') + 1; whole > 0 {
					if _, err := f.Write(buf[:whole]); err != nil {
						fmt.Fprintln(os.Stderr, err)
						os.Exit(1)
					}
					have = copy(buf, buf[whole:have])
				}
				if err != nil {
					return
				}
			}
		}()
	}
}

// wholeFile is where lines arrive.
type wholeFile struct {
	path string
	// keeps says which lines; nil: all.
	keeps func(seq int) bool
}

// size returns how many bytes the file has when all of its lines of a run of n are there.
func (f wholeFile) size(n int) (bytes int64) {
	for seq := range n {
		if f.keeps == nil || f.keeps(seq) {
			bytes += wholeLineBytes
		}
	}
	return bytes
}

// check checks that each of its lines of a run of n is there once, and no other.
func (f wholeFile) check(b *testing.B, n int) {
	b.Helper()
	file, err := os.Open(f.path)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	seen := make([]bool, n)
	chunk, want := make([]byte, 4096*wholeLineBytes), make([]byte, 0, wholeLineBytes)
	for {
		got, err := io.ReadFull(file, chunk)
		for line := range slices.Chunk(chunk[:got], wholeLineBytes) {
			seq := -1
			if len(line) == wholeLineBytes {
				seq, _ = strconv.Atoi(string(line[8:17]))
			}
			if seq < 0 || seq >= n || !bytes.Equal(line, appendWholeLine(want[:0], seq)) {
				b.Fatalf("not a line that was sent: %.80q", line)
			}
			if seen[seq] {
				b.Fatalf("line %d is there twice", seq)
			}
			seen[seq] = true
		}
		if err != nil {
			break
		}
	}
	for seq, there := range seen {
		if due := f.keeps == nil || f.keeps(seq); there != due {
			b.Fatalf("%s: line %d is there: %t, want %t", f.path, seq, there, due)
		}
	}
}

// checkWholeFile checks that each of n lines is there once.
func checkWholeFile(b *testing.B, path string, n int) {
	b.Helper()
	wholeFile{path: path}.check(b, n)
}

// wholeResult is one run.
type wholeResult struct {
	linesPerSecond, cpuPerMillion, pssMiB float64
}

// runWhole starts a receiver, sends it n lines, and waits for the last at the destination.
func runWhole(b *testing.B, receiver *exec.Cmd, addr, out string) wholeResult {
	b.Helper()
	return runWholeTo(b, receiver, addr, wholeFile{path: out})
}

// runWholeTo is runWhole for lines that go to several files, or not all of which are kept.
func runWholeTo(b *testing.B, receiver *exec.Cmd, addr string, outs ...wholeFile) wholeResult {
	const n = wholeLines
	b.Helper()
	sizes := make([]int64, len(outs))
	for i, f := range outs {
		sizes[i] = f.size(n)
	}
	receiver.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var said bytes.Buffer
	receiver.Stderr = &said
	if err := receiver.Start(); err != nil {
		b.Fatal(err)
	}
	stop := func(sig syscall.Signal) {
		_ = receiver.Process.Signal(sig)
		_ = receiver.Wait()
	}
	until(b, "the receiver listens", func() bool {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	for _, f := range outs { // or the start of the plugins would count, the more the faster the lines are
		until(b, "the file is open", func() bool {
			_, err := os.Stat(f.path)
			return err == nil
		})
	}
	load := exec.Command(os.Args[0], addr, strconv.Itoa(n))
	load.Env = append(os.Environ(), envWhole+"=load")
	began, err := load.Output()
	if err != nil {
		stop(syscall.SIGKILL)
		b.Fatalf("load: %v; receiver: %s", err, said.Bytes())
	}
	var ended time.Time
	for i, f := range outs {
		until(b, "the last line arrived", func() bool {
			st, err := os.Stat(f.path)
			if err == nil && st.ModTime().After(ended) {
				ended = st.ModTime()
			}
			return err == nil && st.Size() >= sizes[i]
		})
	}
	start, err := strconv.ParseInt(strings.TrimSpace(string(began)), 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	pss := memoryMiB((&running{cmd: receiver}).processes(), "Pss")
	stop(syscall.SIGTERM)
	for _, f := range outs {
		f.check(b, n)
	}
	usage := receiver.ProcessState.SystemTime() + receiver.ProcessState.UserTime() // reaped children included
	return wholeResult{
		linesPerSecond: float64(n) / (float64(ended.UnixNano()-start) / 1e9),
		cpuPerMillion:  usage.Seconds() / (float64(n) / 1e6),
		pssMiB:         pss,
	}
}

func freeAddr(b *testing.B) string {
	b.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// BenchmarkWholePath alternates the program with the limit, five rounds each, over two million lines a run, and reports
// medians and the ratio. SKIDWAY_BENCH_DIR is where the files are written; default the temporary folder.
func BenchmarkWholePath(b *testing.B) {
	const rounds = 5
	dir := os.Getenv("SKIDWAY_BENCH_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	program := built(b)
	config := filepath.Join(b.TempDir(), "skidway.hcl")
	out := filepath.Join(dir, "whole.log")
	for b.Loop() {
		var limits, routes []wholeResult
		var ratios []float64
		for range rounds {
			addr := freeAddr(b)
			limit := exec.Command(os.Args[0], addr, out)
			limit.Env = append(os.Environ(), envWhole+"=limit")
			limits = append(limits, runWhole(b, limit, addr, out))
			removeFile(b, out)

			addr = freeAddr(b)
			text := fmt.Sprintf("source \"tcp\" \"in\" { listen = %q }\ndestination \"file\" \"out\" { path = %q }\n"+
				"pipeline \"main\" {\n  from = [source.tcp.in]\n  to   = [destination.file.out]\n}\n", addr, out)
			if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
				b.Fatal(err)
			}
			routes = append(routes, runWhole(b, exec.Command(program, "run", "-c", config), addr, out))
			removeFile(b, out)
			ratios = append(ratios, routes[len(routes)-1].linesPerSecond/limits[len(limits)-1].linesPerSecond)
		}
		report := func(name string, of []wholeResult, value func(wholeResult) float64) {
			var values []float64
			for _, r := range of {
				values = append(values, value(r))
			}
			b.ReportMetric(median(values), name)
		}
		report("limit-lines/s", limits, func(r wholeResult) float64 { return r.linesPerSecond })
		report("lines/s", routes, func(r wholeResult) float64 { return r.linesPerSecond })
		report("MB/s", routes, func(r wholeResult) float64 { return r.linesPerSecond * wholeLineBytes / 1e6 })
		report("cpu-s/Mline", routes, func(r wholeResult) float64 { return r.cpuPerMillion })
		report("limit-cpu-s/Mline", limits, func(r wholeResult) float64 { return r.cpuPerMillion })
		report("pss-MiB", routes, func(r wholeResult) float64 { return r.pssMiB })
		b.ReportMetric(100*median(ratios), "%-of-limit")
		b.ReportMetric(0, "ns/op")
	}
}

func removeFile(b *testing.B, path string) {
	b.Helper()
	if err := os.Remove(path); err != nil {
		b.Fatal(err)
	}
}
