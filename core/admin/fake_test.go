package admin

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"testing"
)

// fake is a backend whose answers are what it was given.
type fake struct {
	status   Status
	notReady []string
	err      error
	items    []string
	end      Searched
	// asked is what the last call was given.
	asked any
}

func (f *fake) backend() Backend { return Backend{State: f, Spool: f, Letters: f, Finder: f} }

func (f *fake) Status() Status     { return f.status }
func (f *fake) NotReady() []string { return f.notReady }

func (f *fake) Inspect(context.Context) (json.RawMessage, error) {
	return json.RawMessage(`{"format":1}`), f.err
}

func (f *fake) Verify(context.Context) (json.RawMessage, error) {
	return json.RawMessage(`{"segments":2}`), f.err
}

func (f *fake) Export(_ context.Context, s Selection, do func(json.RawMessage) error) (Searched, error) {
	f.asked = s
	for _, i := range f.items {
		if err := do(json.RawMessage(i)); err != nil {
			return f.end, err
		}
	}
	return f.end, f.err
}

func (f *fake) Forget(_ context.Context, address string) error {
	f.asked = address
	return f.err
}

func (f *fake) Rename(_ context.Context, from, to string) error {
	f.asked = [2]string{from, to}
	return f.err
}

func (f *fake) Replay(_ context.Context, r SpoolReplay) (SpoolReplayed, error) {
	f.asked = r
	return SpoolReplayed{Records: 7, Bytes: 70, First: 1, Last: 9, Waiting: 2}, f.err
}

func (f *fake) List(_ context.Context, s Selection) ([]LetterSummary, error) {
	f.asked = s
	return []LetterSummary{{Destination: "destination.file.out", Count: 3}}, f.err
}

func (f *fake) Show(ctx context.Context, s Selection, do func(json.RawMessage) error) (Searched, error) {
	return f.Export(ctx, s, do)
}

func (f *fake) ReplayLetters(_ context.Context, r LetterReplay) (LetterReplayed, error) {
	f.asked = r
	return LetterReplayed{Letters: 4}, f.err
}

func (f *fake) Purge(_ context.Context, s Selection) (LetterPurged, error) {
	f.asked = s
	return LetterPurged{Letters: 5, Damaged: 1}, f.err
}

func (f *fake) Find(_ context.Context, s Selection, do func(Found) error) (Searched, error) {
	f.asked = s
	text := "a record"
	if err := do(Found{ID: 1 << 63, Data: &text, Destinations: []FoundAt{{Destination: "destination.file.out", State: AtWaiting, AheadRecords: 2}}}); err != nil {
		return f.end, err
	}
	return f.end, f.err
}

// environment returns a lookup in the pairs of names and values.
func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// shortDir returns a folder with a path short enough for sockets.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "ska") //nolint:usetesting // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// serve answers from b at a socket of its own until the test ends, and returns a client.
func serve(t *testing.T, b Backend) *Client {
	t.Helper()
	s, err := Listen(Place{Socket: filepath.Join(shortDir(t), "admin.sock")}, environment())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- NewServer(b, nil).Serve(ctx, s) }()
	c := NewClient(s.Path())
	t.Cleanup(func() {
		c.Close()
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
		if _, err := os.Lstat(s.Path()); !os.IsNotExist(err) {
			t.Errorf("the socket is left: %v", err)
		}
	})
	return c
}

// dialRaw returns a connection to a socket.
func dialRaw(t *testing.T, path string) net.Conn {
	t.Helper()
	c, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}
