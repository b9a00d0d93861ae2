package examples_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// runLoadClient runs the example against a server at that address.
func runLoadClient(t *testing.T, address, rate string) *process {
	t.Helper()
	dir, err := filepath.Abs("load-client")
	if err != nil {
		t.Fatal(err)
	}
	return launch(t, options{}, "run", "-c", dir, "--var", "server="+address, "--var", "rate="+rate)
}

func TestLoadClientSurvivesTheAbsenceAndTheReturnOfTheServer(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	client := runLoadClient(t, address, "200")
	client.WaitLogs(3, "connection attempt failed", "peer", address)

	first := listen(t, address)
	client.WaitLog("connected", "@module", "tcp", "peer", address)
	first.Got.Count(t, 100)
	first.Kill()
	client.WaitLog("connection lost", "peer", address)
	attempts := len(client.Logged("connection attempt failed"))
	client.WaitLogs(attempts+3, "connection attempt failed", "peer", address)

	second := listen(t, address)
	second.Got.Count(t, 100)
	client.Stop()
	second.Close()

	if n := len(client.Logged("connected", "@module", "tcp")); n != 2 {
		t.Errorf("%d connections are logged, want 2", n)
	}
	seen := map[int]int{}
	for _, line := range append(first.Got.All(), second.Got.All()...) {
		r, ok := decode(line)
		if !ok {
			t.Fatalf("a server got %q, want a record of the simulator", line)
		}
		seen[r.Seq]++
	}
	made, _ := client.WaitLog("source ended")["accepted"].(float64)
	for seq := range int(made) {
		if seen[seq] == 0 {
			t.Errorf("seq %d never arrived", seq)
		}
	}
	if len(seen) != int(made) {
		t.Errorf("%d records arrived, the simulator made %v", len(seen), made)
	}
}

func TestLoadClientSendsEachRecordAtOnce(t *testing.T) {
	t.Parallel()
	server := listen(t, "127.0.0.1:0")
	client := runLoadClient(t, server.Address, "10")
	server.Got.Count(t, 3) // with a batch of 100 records this would take the 10 seconds of max_age
	client.Stop()
	server.Close()
	if got := client.Ended("destination.tcp.server"); got["delivered"] > 50 {
		t.Errorf("%d records were delivered, want those of a few tenths of a second", got["delivered"])
	}
}

func TestSimulateIsTheLoadClientAsACommand(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	client := launch(t, options{}, "simulate", "--to", address, "--rate", "0", "--count", "1000", "--connections", "3")
	client.WaitLogs(3, "connection attempt failed", "peer", address)
	server := listen(t, address)
	if status := client.Wait(); status != 0 {
		t.Errorf("exit status %d, want 0", status)
	}
	server.Close()
	var seqs []int
	for _, line := range server.Got.All() {
		r, ok := decode(line)
		if !ok {
			t.Fatalf("the server got %q, want a record of the simulator", line)
		}
		seqs = append(seqs, r.Seq)
	}
	slices.Sort(seqs)
	for i, seq := range seqs { // 334, 333 and 333 records, each connection counting from 0
		if seq != i/3 {
			t.Fatalf("record %d in order has seq %d, want %d", i, seq, i/3)
		}
	}
	if last := client.Out.Tail(1); len(seqs) != 1000 || !strings.HasPrefix(last, "sent 1000,") {
		t.Errorf("%d records arrived and the command says %q, want 1000", len(seqs), last)
	}
}
