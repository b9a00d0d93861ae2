package router_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// routed is a pipeline of BenchmarkRoutedWholePath, and where the lines arrive that it keeps.
type routed struct {
	name     string
	pipeline string
	// a and b say which lines arrive in the two files; nil: all in a, none in b.
	a, b func(seq int) bool
}

// hundredRoutes are routes on one field, one of which takes each line.
func hundredRoutes() string {
	var s strings.Builder
	for i := range 100 {
		fmt.Fprintf(&s, "route \"r%d\" {\n when = record.service == \"s%02d\"\n to = [destination.file.a]\n}\n", i, i)
	}
	return s.String() + "otherwise { drop = true }\n"
}

func route(when, to, otherwise string) string {
	return fmt.Sprintf("route \"kept\" {\n when = %s\n to = [%s]\n}\notherwise { %s }\n", when, to, otherwise)
}

const drops = "drop = true"

var routedVariants = []routed{
	{name: "no-routes", pipeline: "to = [destination.file.a]"},
	{name: "keep-all", pipeline: route(`record.level != "nothing"`, "destination.file.a", drops)},
	{name: "keep-1-in-10", pipeline: route(`record.level == "warn"`, "destination.file.a", drops), a: wholeWarns},
	{
		name:     "half-and-half",
		pipeline: route(`record.side == "a"`, "destination.file.a", "to = [destination.file.b]"),
		a:        func(seq int) bool { return !wholeOther(seq) }, b: wholeOther,
	},
	{name: "keep-1-in-1000", pipeline: route(`record.rare == "y"`, "destination.file.a", drops), a: wholeRare},
	{name: "100-routes", pipeline: hundredRoutes()},
}

// BenchmarkRoutedWholePath alternates pipelines over the whole path, five rounds, two million lines a run, and reports
// medians, and the ratios to the one without routes. Every line is checked to be where it belongs, and nowhere else.
func BenchmarkRoutedWholePath(b *testing.B) {
	const rounds = 5
	w := newWholeBench(b)
	for b.Loop() {
		results := make([][]wholeResult, len(routedVariants))
		for range rounds {
			for i, v := range routedVariants {
				results[i] = append(results[i], w.route(v))
			}
		}
		for i, v := range routedVariants {
			var rates, cpus, memories, ratios []float64
			for round, r := range results[i] {
				rates = append(rates, r.linesPerSecond)
				cpus = append(cpus, r.cpuPerMillion)
				memories = append(memories, r.pssMiB)
				ratios = append(ratios, 100*r.linesPerSecond/results[0][round].linesPerSecond)
			}
			b.ReportMetric(median(rates), v.name+"-lines/s")
			b.ReportMetric(median(cpus), v.name+"-cpu-s/Mline")
			b.ReportMetric(median(memories), v.name+"-pss-MiB")
			if i > 0 {
				b.ReportMetric(median(ratios), v.name+"-%-of-no-routes")
			}
		}
		b.ReportMetric(0, "ns/op")
	}
}

// route measures one pipeline.
func (w *wholeBench) route(v routed) wholeResult {
	w.b.Helper()
	fileA, fileB := filepath.Join(w.dir, "routed-a.log"), filepath.Join(w.dir, "routed-b.log")
	addr := freeAddr(w.b)
	config := filepath.Join(w.dir, "routed.hcl")
	outs := []wholeFile{{path: fileA, keeps: v.a}}
	text := fmt.Sprintf(`
source "tcp" "in" { listen = %q }
destination "file" "a" { path = %q }
pipeline "main" {
  from = [source.tcp.in]
  %s
}
`, addr, fileA, v.pipeline)
	if v.b != nil {
		text += fmt.Sprintf("destination \"file\" \"b\" { path = %q }\n", fileB)
		outs = append(outs, wholeFile{path: fileB, keeps: v.b})
	}
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		w.b.Fatal(err)
	}
	result := runWholeTo(w.b, exec.Command(w.program, "run", "-c", config), addr, outs...)
	for _, out := range outs {
		removeFile(w.b, out.path)
		_ = os.Remove(filepath.Join(w.dir, "."+filepath.Base(out.path)+".skidway"))
	}
	return result
}

// TestOneInAThousandBlocksNobody sends half a gigabyte through a route that keeps one line in a thousand, to a destination
// that takes nothing meanwhile: what is dropped costs neither room in the spool nor memory.
func TestOneInAThousandBlocksNobody(t *testing.T) {
	if testing.Short() {
		t.Skip("sends 500 MiB")
	}
	r := runProgram(t, `
router {
  spool {
    max_bytes = "16MiB"
  }
}
source "tcp" "in" { listen = "127.0.0.1:0" }
destination "file" "out" {
  path = "out.log"
  batch {
    max_age = "10ms"
  }
}
pipeline "main" {
  from = [source.tcp.in]
  `+route(`record.rare == "y"`, "destination.file.out", drops)+`
}
`)
	addr := r.addr()
	r.await("destination ready", "")
	plugin := r.processes()[1]
	if err := syscall.Kill(plugin, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	const blocks = 500
	lines, c := block(), connect(t, addr)
	if err := c.SetWriteDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	for range blocks {
		if _, err := c.Write(lines); err != nil {
			t.Fatal(err)
		}
	}
	pss := memoryMiB(r.processes(), "Pss")
	if err := syscall.Kill(plugin, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	t.Logf("PSS of router and plugin: %.1f MiB", pss)
	if pss > 120 {
		t.Errorf("router and plugin take %.1f MiB, more than 120", pss)
	}
	var kept []byte
	for line := range bytes.Lines(lines) {
		if seq, _ := strconv.Atoi(string(line[8:17])); wholeRare(seq) {
			kept = append(kept, line...)
		}
	}
	want := bytes.Repeat(kept, blocks)
	var got []byte
	until(t, "the kept lines arrived", func() bool {
		got, _ = os.ReadFile(filepath.Join(r.dir, "out.log"))
		return len(got) >= len(want)
	})
	if !bytes.Equal(got, want) {
		t.Errorf("%d bytes arrived, want the %d kept lines in order", len(got), len(want)/wholeLineBytes)
	}
}
