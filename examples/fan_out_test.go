package examples_test

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFanOutKeepsTheArchiveCompleteWhateverTheIndexDoes(t *testing.T) {
	t.Parallel()
	const poison = "the index refuses this"
	stuck, release := make(chan struct{}), make(chan struct{})
	server := collect(t, func(_ int, r request) int {
		select {
		case <-stuck:
			<-release
		default:
		}
		if slices.Contains(r.Records, `{"message":"`+poison+`"}`) {
			return http.StatusBadRequest
		}
		return http.StatusOK
	})
	example, err := filepath.Abs("fan-out")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	p := launch(t, options{}, "run", "-c", example,
		"--var", "listen=127.0.0.1:0", "--var", "dir="+dir, "--var", "endpoint="+server.URL)
	address := p.Addr("source.tcp.app")

	good := numbered("good", 99)
	send(t, address, good...)
	server.Got.Count(t, len(good))
	send(t, address, poison)
	eventually(t, "the index has refused a record", func() bool { return len(server.Requests()) > 1 })

	close(stuck)
	many := long(29900)
	send(t, address, many...)
	archive := filepath.Join(dir, "archive.log")
	sent := slices.Concat(good, []string{poison}, many)
	eventually(t, "the archive is complete while the index answers nothing", func() bool {
		return countIn(t, archive, "\n") >= len(sent)
	})
	close(release)
	p.Stop()

	if diff := cmp.Diff(sent, readLines(t, archive)); diff != "" {
		t.Errorf("the archive (-sent +got):\n%s", diff)
	}
	search := p.Ended("destination.http.search")
	if search["dropped"] == 0 || search["dead_lettered"] != 1 ||
		search["delivered"]+search["dropped"]+search["dead_lettered"] != len(sent) {
		t.Errorf("the index's counts are %v; want one dead letter, some dropped, and %d together", search, len(sent))
	}
	if n := len(server.Got.All()); n != search["delivered"] {
		t.Errorf("the index has %d records, the log counts %d", n, search["delivered"])
	}
	rejected := readLines(t, filepath.Join(dir, "rejected.log"))
	if len(rejected) != 1 {
		t.Fatalf("%d dead letters, want 1", len(rejected))
	}
	var letter struct{ Record, Destination, Reason string }
	if err := json.Unmarshal([]byte(rejected[0]), &letter); err != nil {
		t.Fatal(err)
	}
	if letter.Record != poison || letter.Destination != "destination.http.search" || !strings.Contains(letter.Reason, "400") {
		t.Errorf("the dead letter is %s", rejected[0])
	}
}
