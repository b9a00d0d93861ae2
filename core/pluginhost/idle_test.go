package pluginhost

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// everyBundledPlugin is a configuration with a block of each. Nothing flows.
const everyBundledPlugin = `
source "simulator" "rare" { rate = 0.01 }
destination "stdout" "out" {}
destination "file" "out" { path = "out.log" }
destination "http" "out" { endpoint = "http://127.0.0.1:9/" }
destination "tcp" "out" { address = "127.0.0.1:9" }
pipeline "main" {
  from = [source.simulator.rare]
  to   = [destination.stdout.out, destination.file.out, destination.http.out, destination.tcp.out]
}
`

// TestMemoryOfIdleBundledPlugins holds each bundled plugin of the real program, open and idle, to 12 MiB of its own.
//
// What counts is every page that no other process maps: written ones, and those of the executable that this plugin alone
// has read. Pages of the executable that router and plugins share exist once, and are the router's.
func TestMemoryOfIdleBundledPlugins(t *testing.T) {
	if testing.Short() || raceEnabled || runtime.GOOS != "linux" {
		t.Skip("builds the program and reads /proc")
	}
	dir := shortTempDir(t)
	program, config := filepath.Join(dir, "skidway"), filepath.Join(dir, "skidway.hcl")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "github.com/skidway/skidway/cmd/skidway").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	if err := os.WriteFile(config, []byte(everyBundledPlugin), 0o600); err != nil {
		t.Fatal(err)
	}
	log := &logBuffer{}
	router := exec.CommandContext(t.Context(), program, "run", "-c", config)
	router.Dir, router.Stderr = dir, log
	if err := router.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = router.Process.Signal(os.Interrupt)
		_ = router.Wait()
	}()
	const plugins = 5
	eventually(t, "every plugin is open", func() bool { return strings.Count(log.String(), "plugin started") == plugins })

	const budget = 12 << 10 // KiB
	measured := map[string]bool{}
	for _, pid := range children(router.Process.Pid) {
		args, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		name, _, _ := strings.Cut(string(args), "\x00")
		measured[name] = true
		kib := privateMemory(t, pid)
		t.Logf("%s: %.1f MiB", name, float64(kib)/1024)
		if kib > budget {
			t.Errorf("%s has %d KiB of its own, more than %d", name, kib, budget)
		}
	}
	want := map[string]bool{
		"skidway: source.simulator.rare": true, "skidway: destination.stdout.out": true, "skidway: destination.file.out": true,
		"skidway: destination.http.out": true, "skidway: destination.tcp.out": true,
	}
	if diff := cmp.Diff(want, measured); diff != "" {
		t.Errorf("plugin processes (-want +got):\n%s", diff)
	}
}

// children are the processes that a process has started.
func children(pid int) (pids []int) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		content, _ := os.ReadFile(list)
		for field := range strings.FieldsSeq(string(content)) {
			if child, err := strconv.Atoi(field); err == nil {
				pids = append(pids, child)
			}
		}
	}
	return pids
}

// privateMemory is what only this process maps, in KiB.
func privateMemory(t *testing.T, pid int) (kib int) {
	t.Helper()
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(content)) {
		f := strings.Fields(line)
		if f[0] != "Private_Clean:" && f[0] != "Private_Dirty:" {
			continue
		}
		n, err := strconv.Atoi(f[1])
		if err != nil {
			t.Fatal(err)
		}
		kib += n
	}
	if kib == 0 {
		t.Fatal("the kernel says nothing of private memory")
	}
	return kib
}
