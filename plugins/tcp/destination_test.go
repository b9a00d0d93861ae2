package tcp

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skidway/skidway/plugins/sdk"
)

func TestWritesRecordsAsLinesInOrder(t *testing.T) {
	r := receive(t, "127.0.0.1:0", nil)
	d := open(t, Options{Address: r.l.Addr().String()}, quick())
	if err := d.WriteAll(t.Context(), []*sdk.Batch{batchOf(t, "a", "b"), batchOf(t, "c")}); err != nil {
		t.Fatal(err)
	}
	if err := d.Write(t.Context(), batchOf(t, "d", "", "e")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "b", "c", "d", "", "e"}, r.wait(t, 6)); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestKeepsEachRecordOnOneLine(t *testing.T) {
	r := receive(t, "127.0.0.1:0", nil)
	d := open(t, Options{Address: r.l.Addr().String()}, quick())
	b := batchOf(t, "plain", "{\"a\":\n1}", "\nboth\n\n", "last")
	before := string(b.Data())
	if err := d.Write(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"plain", "{\"a\": 1}", " both  ", "last"}, r.wait(t, 4)); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if got := string(b.Data()); got != before {
		t.Errorf("the batch was changed to %q", got)
	}
	if d.liner.count != 0 {
		t.Errorf("%d changed records not reported, want the first report at once", d.liner.count)
	}
}

func TestWaitsForAnAbsentPeer(t *testing.T) {
	l := listen(t, "127.0.0.1:0")
	address := l.Addr().String()
	l.Close()
	d, log := openLogged(t, Options{Address: address}, quick())
	written := make(chan error, 1)
	go func() { written <- d.Write(t.Context(), batchOf(t, "a")) }()
	waitFor(t, "third attempt", func() bool { return log.count("connection attempt failed") >= 3 })
	r := receive(t, address, nil)
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	r.wait(t, 1)
	if n := log.count("connected: "); n != 1 {
		t.Errorf("%d connections logged, want 1", n)
	}
}

func TestAsksForRetryWhenThePeerStaysAway(t *testing.T) {
	l := listen(t, "127.0.0.1:0")
	address := l.Addr().String()
	l.Close()
	tm := quick()
	tm.hold = 20 * time.Millisecond
	d := open(t, Options{Address: address}, tm)
	batches := []*sdk.Batch{batchOf(t, "a"), batchOf(t, "b")}
	err := d.WriteAll(t.Context(), batches)
	if err == nil || !strings.Contains(err.Error(), "refused") {
		t.Fatalf("WriteAll: %v, want connection refused", err)
	}
	failed := d.schedule.failed
	if again := d.Write(t.Context(), batches[0]); again == nil || again.Error() != err.Error() {
		t.Errorf("Write after WriteAll: %v, want the same error", again)
	}
	if d.schedule.failed != failed {
		t.Errorf("Write after WriteAll tried to connect again")
	}
	r := receive(t, address, nil)
	if err := d.WriteAll(t.Context(), batches); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "b"}, r.wait(t, 2)); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestNoticesTheCloseOfAnIdleConnection(t *testing.T) {
	r := receive(t, "127.0.0.1:0", nil)
	address := r.l.Addr().String()
	d := open(t, Options{Address: address}, quick())
	if err := d.Write(t.Context(), batchOf(t, "a")); err != nil {
		t.Fatal(err)
	}
	r.wait(t, 1)
	first := d.link
	r.stop()
	waitFor(t, "close of the idle connection", func() bool { return !first.usable() })
	again := receive(t, address, nil)
	if err := d.Write(t.Context(), batchOf(t, "b")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"b"}, again.wait(t, 1)); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestGoesOnWithAPeerThatNeverSends(t *testing.T) {
	l := listen(t, "127.0.0.1:0")
	d := open(t, Options{Address: l.Addr().String()}, quick())
	written := make(chan error, 1)
	if err := d.connect(t.Context(), time.Now().Add(time.Second), batchOf(t, "a")); err != nil {
		t.Fatal(err)
	}
	c := accept(t, l)
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	<-d.link.gone
	link := d.link
	for _, record := range []string{"a", "b", "c"} {
		go func() { written <- d.Write(t.Context(), batchOf(t, record)) }()
		if got := readLines(t, c, 1)[0]; got != record {
			t.Errorf("line %q, want %q", got, record)
		}
		if err := <-written; err != nil {
			t.Fatal(err)
		}
	}
	if d.link != link {
		t.Error("connected again, want the same connection")
	}
}

func TestGivesNothingNewToAPeerThatIsClosing(t *testing.T) {
	l := listen(t, "127.0.0.1:0")
	d := open(t, Options{Address: l.Addr().String()}, quick())
	if err := d.Write(t.Context(), batchOf(t, "a")); err != nil {
		t.Fatal(err)
	}
	first := accept(t, l)
	if err := first.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	<-d.link.gone
	if err := d.Write(t.Context(), batchOf(t, "b")); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(first); err != nil || string(rest) != "a\n" {
		t.Errorf("the closing peer got %q, %v, want only what it had been given, and an orderly end", rest, err)
	}
	if got := readLines(t, accept(t, l), 1)[0]; got != "b" {
		t.Errorf("line %q on the next connection, want b", got)
	}
}

func TestClosesInOrder(t *testing.T) {
	l := listen(t, "127.0.0.1:0")
	d := open(t, Options{Address: l.Addr().String()}, quick())
	if err := d.Write(t.Context(), batchOf(t, "a")); err != nil {
		t.Fatal(err)
	}
	c := accept(t, l)
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	if got, err := io.ReadAll(c); err != nil || string(got) != "a\n" {
		t.Errorf("the peer read %q, %v, want everything and an orderly end", got, err)
	}
	c.Close()
	<-closed
}
