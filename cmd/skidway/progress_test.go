package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestLogAppearsAboveTheBar(t *testing.T) {
	path := filepath.Join(t.TempDir(), "terminal")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p := &progress{w: f, count: 4, terminal: true}
	log := aboveBar{f, p}
	for _, line := range []string{"before\n", "after\n"} {
		if _, err := io.WriteString(log, line); err != nil {
			t.Fatal(err)
		}
		p.print(2, 1.5, 1)
	}
	const bar = "[###############...............] sent 2, 1.5 records/s, 1 reconnect"
	want := "before\n" + clearLine + bar + clearLine + "after\n" + bar + clearLine + bar
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("the terminal got %q, %v\nwant %q", got, err, want)
	}
}

func TestProgressWithoutATerminalIsLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p := &progress{w: f, count: 4}
	p.print(4, 2, 0)
	if got, err := os.ReadFile(path); err != nil || string(got) != "sent 4, 2.0 records/s, 0 reconnects\n" {
		t.Errorf("the output is %q, %v, want a line", got, err)
	}
	if w := p.above(os.Stderr); w != io.Writer(os.Stderr) {
		t.Errorf("the log goes to %T, want standard error itself", w)
	}
}
