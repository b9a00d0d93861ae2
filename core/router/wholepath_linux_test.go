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

var wholeTemplate = []byte(`{"seq":1000000000,"level":"info","msg":"` + strings.Repeat("m", wholeLineBytes-43) + `"}` + "\n")

func appendWholeLine(b []byte, seq int) []byte {
	at := len(b) + len(`{"seq":1`)
	b = append(b, wholeTemplate...)
	for i := 8; i >= 0; i-- {
		b[at+i] = byte('0' + seq%10)
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

// checkWholeFile checks that each of n lines is there once.
func checkWholeFile(b *testing.B, path string, n int) {
	b.Helper()
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	seen := make([]bool, n)
	chunk, want := make([]byte, 4096*wholeLineBytes), make([]byte, 0, wholeLineBytes)
	for {
		got, err := io.ReadFull(f, chunk)
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
	if missing := slices.Index(seen, false); missing >= 0 {
		b.Fatalf("line %d is missing", missing)
	}
}

// wholeResult is one run.
type wholeResult struct {
	linesPerSecond, cpuPerMillion, pssMiB float64
}

// runWhole starts a receiver, sends it n lines, and waits for the last at the destination.
func runWhole(b *testing.B, receiver *exec.Cmd, addr, out string) wholeResult {
	const n = wholeLines
	b.Helper()
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
	load := exec.Command(os.Args[0], addr, strconv.Itoa(n))
	load.Env = append(os.Environ(), envWhole+"=load")
	began, err := load.Output()
	if err != nil {
		stop(syscall.SIGKILL)
		b.Fatalf("load: %v; receiver: %s", err, said.Bytes())
	}
	until(b, "the last line arrived", func() bool {
		st, err := os.Stat(out)
		return err == nil && st.Size() >= int64(n)*wholeLineBytes
	})
	st, err := os.Stat(out)
	if err != nil {
		b.Fatal(err)
	}
	start, err := strconv.ParseInt(strings.TrimSpace(string(began)), 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	pss := memoryMiB((&running{cmd: receiver}).processes(), "Pss")
	stop(syscall.SIGTERM)
	checkWholeFile(b, out, n)
	usage := receiver.ProcessState.SystemTime() + receiver.ProcessState.UserTime() // reaped children included
	return wholeResult{
		linesPerSecond: float64(n) / (float64(st.ModTime().UnixNano()-start) / 1e9),
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
