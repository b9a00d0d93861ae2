package http

import (
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
)

// TestWriteMakesNoCopyOfTheBody holds net/http to handing our body to our connection: it would make a buffer of 32 KiB
// for each request otherwise.
func TestWriteMakesNoCopyOfTheBody(t *testing.T) {
	// Server included, 6 KiB are needed and 39 KiB with the copy; under the race detector, which empties pools, 29 and 66.
	const rounds, budget = 50, 36 << 10
	buf := make([]byte, 64<<10)
	s := plain(t, nil)
	s.Config.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		for _, err := r.Body.Read(buf); err == nil; _, err = r.Body.Read(buf) {
			continue
		}
	})
	d := open(t, Options{Endpoint: endpoint(s, "/")})
	b := batchOf(t, lines(1000)...)
	write := func() {
		if err := d.Write(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	write()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range rounds {
		write()
	}
	runtime.ReadMemStats(&after)
	if per := (after.TotalAlloc - before.TotalAlloc) / rounds; per > budget {
		t.Errorf("%d bytes allocated per Write of %d bytes, want %d at most", per, len(b.Data()), budget)
	}
}

func TestWholeWriterTakesAnyReader(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := dial(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	peer, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	b := &body{data: []byte("body")}
	whole, _ := b.reader()
	part, _ := b.reader()
	for _, r := range []io.Reader{
		strings.NewReader("any,"), io.LimitReader(strings.NewReader("limited"), 5), io.LimitReader(whole, 9), io.LimitReader(part, 2),
	} {
		if _, err := io.Copy(c, r); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(peer); string(got) != "any,limitbodybo" {
		t.Errorf("read %q, %v", got, err)
	}
}
