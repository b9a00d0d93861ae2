package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// envLoad makes the test binary the load generator: address, connections and lines of each are its arguments.
const envLoad = "SKIDWAY_TEST_LOAD"

// generateLoad opens all connections, then sends a line at a time on each of them in turn, so that every connection is
// open until the last line.
func generateLoad(args []string) int {
	addr := args[0]
	connections, _ := strconv.Atoi(args[1])
	lines, _ := strconv.Atoi(args[2])
	conns := make([]net.Conn, connections)
	for i := range conns {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			fmt.Fprintf(os.Stderr, "connection %d: %v\n", i, err)
			return 1
		}
		conns[i] = c
	}
	for n := range lines {
		for i, c := range conns {
			if _, err := fmt.Fprintf(c, "c%d %d %s\n", i, n, padding); err != nil {
				fmt.Fprintf(os.Stderr, "connection %d, line %d: %v\n", i, n, err)
				return 1
			}
		}
	}
	for _, c := range conns {
		c.Close()
	}
	return 0
}

func TestTenThousandConnections(t *testing.T) {
	if testing.Short() {
		t.Skip("a million records over ten thousand connections")
	}
	const connections, each = 10_000, 100
	d := start(t, `
source "tcp" "app" {
  listen          = "127.0.0.1:0"
  max_connections = 10000
}
destination "file" "out" { path = "out.log" }
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.file.out]
}`)
	load := exec.Command(os.Args[0], d.Addr("source.tcp.app"), strconv.Itoa(connections), strconv.Itoa(each))
	load.Env = append(os.Environ(), envLoad+"=1")
	stderr, err := load.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := load.Start(); err != nil {
		t.Fatal(err)
	}
	said, _ := io.ReadAll(bufio.NewReader(stderr))
	if err := load.Wait(); err != nil {
		t.Fatalf("load generator: %v: %s", err, said)
	}
	if status := d.Stop(); status != exitDone {
		t.Errorf("exit status %d, want %d", status, exitDone)
	}
	readLedgerFile(t, filepath.Join(d.Dir, "out.log")).exact(t, connections, each)
}
