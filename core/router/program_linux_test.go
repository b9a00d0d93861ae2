package router_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// envProgram names the folder that the program is built into.
const envProgram = "SKIDWAY_TEST_PROGRAM_DIR"

// program is the real program, built once.
var program = sync.OnceValues(func() (string, error) {
	path := filepath.Join(os.Getenv(envProgram), "skidway")
	out, err := exec.Command("go", "build", "-o", path, "github.com/skidway/skidway/cmd/skidway").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
})

func built(t testing.TB) string {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// running is a router with its plugin processes.
type running struct {
	t    testing.TB
	cmd  *exec.Cmd
	dir  string
	logs chan map[string]any // closed when the router has closed its log
}

// runProgram runs a configuration. Whatever happens, the router is gone at the end of the test.
func runProgram(t testing.TB, config string) *running {
	t.Helper()
	r := &running{t: t, dir: t.TempDir(), logs: make(chan map[string]any, 1000)}
	path := filepath.Join(r.dir, "skidway.hcl")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	r.cmd = exec.Command(built(t), "run", "-c", path)
	r.cmd.Dir = r.dir
	stderr, err := r.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(r.logs)
		for sc := bufio.NewScanner(stderr); sc.Scan(); {
			var line map[string]any
			if json.Unmarshal(sc.Bytes(), &line) == nil {
				select {
				case r.logs <- line:
				default: // nobody waits for so many
				}
			}
		}
	}()
	t.Cleanup(func() {
		_ = r.cmd.Process.Kill()
		_ = r.cmd.Wait()
	})
	return r
}

// await returns the next log line with that message and, when given, that source or destination.
func (r *running) await(message, address string) map[string]any {
	r.t.Helper()
	deadline := time.After(time.Minute)
	for {
		select {
		case l, ok := <-r.logs:
			if !ok {
				r.t.Fatalf("the router ended before it said %q", message)
			}
			if m, _ := l["@message"].(string); !strings.HasPrefix(m, message) {
				continue
			}
			if address == "" || l["source"] == address || l["destination"] == address {
				return l
			}
		case <-deadline:
			r.t.Fatalf("the router never said %q", message)
		}
	}
}

func (r *running) addr() string {
	r.t.Helper()
	a, _ := r.await("listening", "")["address"].(string)
	return a
}

// stop drains the router and waits for its end.
func (r *running) stop() {
	r.t.Helper()
	_ = r.cmd.Process.Signal(syscall.SIGTERM)
	_ = r.cmd.Wait()
}

// processes are the router and its children.
func (r *running) processes() []int {
	pids := []int{r.cmd.Process.Pid}
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", r.cmd.Process.Pid))
	for _, task := range tasks {
		content, _ := os.ReadFile(task)
		for field := range strings.FieldsSeq(string(content)) {
			if child, err := strconv.Atoi(field); err == nil {
				pids = append(pids, child)
			}
		}
	}
	return pids
}

// memoryMiB sums fields of the processes' smaps_rollup, for example "Pss".
func memoryMiB(pids []int, fields ...string) float64 {
	total := 0.0
	for _, pid := range pids {
		content, _ := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		for line := range strings.Lines(string(content)) {
			for _, field := range fields {
				if kb, ok := strings.CutPrefix(line, field+":"); ok {
					n, _ := strconv.ParseFloat(strings.Fields(kb)[0], 64)
					total += n / 1024
				}
			}
		}
	}
	return total
}

// cpuSeconds sums the processor time of processes.
func cpuSeconds(pids []int) float64 {
	total := 0.0
	for _, pid := range pids {
		content, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		fields := strings.Fields(string(content[bytes.LastIndexByte(content, ')')+1:]))
		if len(fields) < 13 {
			continue
		}
		for _, f := range fields[11:13] {
			ticks, _ := strconv.ParseFloat(f, 64)
			total += ticks / 100
		}
	}
	return total
}

func connect(t testing.TB, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// until polls for what nothing announces, such as the size of another process's memory.
func until(t testing.TB, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(2 * time.Minute)
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("it never came true that %s", what)
		}
	}
}
