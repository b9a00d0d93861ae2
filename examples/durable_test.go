package examples_test

import (
	"net/http"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDurableSurvivesAKillWhileTheCollectorIsAway(t *testing.T) {
	t.Parallel()
	example, err := filepath.Abs("durable")
	if err != nil {
		t.Fatal(err)
	}
	dir, temp, away := t.TempDir(), shortTemp(t), freeAddress(t)
	run := func(endpoint string) *process {
		return launch(t, options{Env: []string{"TMPDIR=" + temp}}, "run", "-c", example,
			"--var", "listen=127.0.0.1:0", "--var", "dir="+dir, "--var", "endpoint="+endpoint)
	}
	archive := filepath.Join(dir, "archive.log")
	sent := long(20_000)

	p := run("http://" + away + "/")
	send(t, p.Addr("source.tcp.app"), sent[:10_000]...)
	eventually(t, "the archive is complete", func() bool { return countIn(t, archive, "\n") >= 10_000 })
	if err := p.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	p.Wait()

	p = run("http://" + away + "/")
	send(t, p.Addr("source.tcp.app"), sent[10_000:]...)
	eventually(t, "the archive is complete", func() bool { return countIn(t, archive, "\n") >= len(sent) })
	p.Stop() // with status 0: what the collector has not got is on disk
	if e := p.Ended("destination.http.collector"); e["held"] != len(sent) {
		t.Errorf("the collector's lane ended with %v, want %d held", e, len(sent))
	}

	server := collect(t, func(int, request) int { return http.StatusOK })
	p = run(server.URL)
	server.Got.Count(t, len(sent))
	p.Stop()
	if diff := cmp.Diff(sent, readLines(t, archive)); diff != "" {
		t.Errorf("the archive (-sent +got):\n%s", diff)
	}
	got := slices.Clone(server.Got.All())
	if n := len(got); n != len(sent) {
		t.Errorf("the collector got %d records, want %d", n, len(sent))
	}
	slices.Sort(got)
	want := make([]string, len(sent))
	for i, line := range sent {
		want[i] = `{"message":"` + line + `"}` // what is no JSON goes as a message
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the collector (-sent +got):\n%s", diff)
	}
}
