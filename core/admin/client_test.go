package admin

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestClientAsksWhatItWasAsked(t *testing.T) {
	s := Selection{
		From: time.Unix(1, 500).UTC(), Until: time.Unix(2, 0).UTC(), Contains: "a b&c=ü", ID: 1<<64 - 1, Destination: "destination.file.out",
		Code: "INVALID", Entry: 9, Limit: 3,
	}
	spoolReplay := SpoolReplay{To: "destination.file.out", Like: "destination.http.b", From: s.From, Until: s.Until, Contains: "x", Partial: true, DryRun: true}
	letterReplay := LetterReplay{Selection: s, To: "destination.http.b", DryRun: true}
	f := &fake{status: Status{Router: RouterStatus{Version: "1.2.3"}}, items: []string{`{"a":1}`, `{"a":2}`}, end: Searched{Records: 9, Shown: 2, Notes: []string{"n"}}}
	c := serve(t, f.backend())
	collect := func(stream func(context.Context, Selection, func(json.RawMessage) error) (Searched, error)) (got []string, end Searched, err error) {
		end, err = stream(t.Context(), s, func(raw json.RawMessage) error {
			got = append(got, string(raw))
			return nil
		})
		return got, end, err
	}
	for name, test := range map[string]struct {
		do          func() (any, error)
		want, asked any
	}{
		"status":       {func() (any, error) { return c.Status(t.Context()) }, f.status, nil},
		"inspect":      {func() (any, error) { return c.Inspect(t.Context()) }, json.RawMessage(`{"format":1}`), nil},
		"verify":       {func() (any, error) { return c.Verify(t.Context()) }, json.RawMessage(`{"segments":2}`), nil},
		"forget":       {func() (any, error) { return nil, c.Forget(t.Context(), "a") }, nil, "a"},
		"rename":       {func() (any, error) { return nil, c.Rename(t.Context(), "a", "b") }, nil, [2]string{"a", "b"}},
		"spool replay": {func() (any, error) { return c.Replay(t.Context(), spoolReplay) }, SpoolReplayed{Records: 7, Bytes: 70, First: 1, Last: 9, Waiting: 2}, spoolReplay},
		"list":         {func() (any, error) { return c.List(t.Context(), s) }, []LetterSummary{{Destination: "destination.file.out", Count: 3}}, s},
		"replay":       {func() (any, error) { return c.ReplayLetters(t.Context(), letterReplay) }, LetterReplayed{Letters: 4}, letterReplay},
		"purge":        {func() (any, error) { return c.Purge(t.Context(), s) }, LetterPurged{Letters: 5, Damaged: 1}, s},
	} {
		t.Run(name, func(t *testing.T) {
			f.asked = nil
			got, err := test.do()
			if err != nil {
				t.Fatal(err)
			}
			if raw, ok := got.(json.RawMessage); ok {
				got = json.RawMessage(strings.TrimSpace(string(raw)))
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Errorf("answer (-want +got):\n%s", d)
			}
			if d := cmp.Diff(test.asked, f.asked); d != "" {
				t.Errorf("asked (-want +got):\n%s", d)
			}
		})
	}
	for name, stream := range map[string]func(context.Context, Selection, func(json.RawMessage) error) (Searched, error){"export": c.Export, "show": c.Show} {
		got, end, err := collect(stream)
		if err != nil || cmp.Diff(f.items, got) != "" || cmp.Diff(f.end, end) != "" || cmp.Diff(s, f.asked) != "" {
			t.Errorf("%s: %q, %+v, %v, asked %+v", name, got, end, err, f.asked)
		}
	}
	var found []Found
	if _, err := c.Find(t.Context(), s, func(f Found) error { found = append(found, f); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || found[0].ID != 1<<63 || found[0].Destinations[0].AheadRecords != 2 {
		t.Errorf("found %+v", found)
	}
}

func TestErrorsKeepWhatTheySay(t *testing.T) {
	f := &fake{err: Refused("do this", "it is %s", "so"), items: []string{`1`}}
	c := serve(t, f.backend())
	for name, do := range map[string]func() error{
		"an answer": func() error { return c.Forget(t.Context(), "a") },
		"in the middle of a stream": func() error {
			_, err := c.Export(t.Context(), Selection{}, func(json.RawMessage) error { return nil })
			return err
		},
	} {
		e, ok := errors.AsType[*Error](do())
		if !ok || e.Message != "it is so" || e.Hint != "do this" || e.Status != 409 {
			t.Errorf("%s: %+v", name, e)
		}
	}
	f.err, f.items = errors.New("broken"), nil
	if _, err := c.Show(t.Context(), Selection{}, nil); err == nil || err.Error() != "broken" {
		t.Errorf("before a stream began: %v", err)
	}
}

// TestStreamThatIsCut tells an answer that ended from one whose router died.
func TestStreamThatIsCut(t *testing.T) {
	for _, text := range []string{"", `{"item":1}` + "\n", `{"item":1}` + "\n" + `{"it`} {
		n := 0
		_, err := readStream(strings.NewReader(text), func(json.RawMessage) error { n++; return nil })
		if !errors.Is(err, errCut) || n != strings.Count(text, "\n") {
			t.Errorf("%q: %d items, %v", text, n, err)
		}
	}
}

// blocking is a Finder that finds until its request ends.
type blocking struct {
	begun chan struct{}
}

func (b blocking) Find(ctx context.Context, _ Selection, _ func(Found) error) (Searched, error) {
	b.begun <- struct{}{}
	<-ctx.Done()
	return Searched{}, ctx.Err()
}

// TestFewLongRequestsAtOnce refuses what is over the bound, and ends what is under way when the client goes.
func TestFewLongRequestsAtOnce(t *testing.T) {
	b := blocking{make(chan struct{})}
	backend := (&fake{}).backend()
	backend.Finder = b
	c := serve(t, backend)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	for range maxReading {
		go func() {
			_, err := c.Find(ctx, Selection{}, nil)
			ended <- err
		}()
		<-b.begun
	}
	if _, err := c.Find(t.Context(), Selection{}, nil); err == nil || !strings.Contains(err.Error(), "as many such requests as it can") {
		t.Errorf("one too many: %v", err)
	}
	if err := c.Alive(t.Context()); err != nil {
		t.Errorf("health while others take long: %v", err)
	}
	cancel()
	for range maxReading {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("a request that was given up: %v", err)
		}
	}
}

func TestNobodyAnswers(t *testing.T) {
	if err := NewClient(shortDir(t) + "/none.sock").Alive(t.Context()); err == nil || strings.Contains(err.Error(), "http://") {
		t.Errorf("error %v, which should name the socket and no URL", err)
	}
}
