package http

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAnswerComesAfterAcceptance(t *testing.T) {
	came, accept := make(chan struct{}, 1), make(chan struct{})
	r := &router{accept: func(int) error {
		came <- struct{}{}
		<-accept
		return nil
	}}
	s := run(t, r, nil)
	answered := make(chan reply, 1)
	go func() {
		a, err := s.try(strings.NewReader("1"))
		if err != nil {
			t.Error(err)
		}
		answered <- a
	}()
	<-came
	select {
	case a := <-answered:
		t.Fatalf("answer %d before the records were accepted", a.status)
	default:
	}
	close(accept)
	(<-answered).want(t, 204, "")
}

// TestFullRouter has a router that takes nothing for a while: a request whose records may have been taken is told so,
// and the one behind it that none of its own were.
func TestFullRouter(t *testing.T) {
	came, accept := make(chan struct{}, 4), make(chan struct{})
	r := &router{accept: func(int) error {
		came <- struct{}{}
		<-accept
		return nil
	}}
	s := run(t, r, func(o *SourceOptions) { o.AcceptTimeout = 150 * time.Millisecond })
	s.post(strings.NewReader("1")).want(t, 503, "Some may have been taken: send them again later, which may make duplicates.")
	<-came
	s.post(strings.NewReader("2")).want(t, 503, "The router takes no more records at present. Nothing was taken")
	close(accept)
	eventually(t, "the first body is accepted", func() bool { return len(r.records()) == 1 })
	s.post(strings.NewReader("3")).want(t, 204, "")
	if diff := cmp.Diff([]string{"1", "3"}, r.records()); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestPartOfALargeBodyMayBeTaken(t *testing.T) {
	for name, failing := range map[string]int{"the first batch fails": 1, "the second one fails": 2} {
		t.Run(name, func(t *testing.T) {
			r := &router{accept: func(n int) error {
				if n >= failing {
					return errors.New("the stream is over")
				}
				return nil
			}}
			s := run(t, r, func(o *SourceOptions) { o.Format = formatRaw })
			s.post(strings.NewReader(strings.Repeat("x\n", sendRecords+1))).want(t, 503, "Some may have been taken")
		})
	}
}

// TestMemoryIsBounded has more bodies on their way than there is memory for.
func TestMemoryIsBounded(t *testing.T) {
	r := &router{}
	s := run(t, r, func(o *SourceOptions) {
		o.Format, o.MaxRecordBytes, o.MaxBodyBytes, o.MaxBufferedBytes = formatRaw, 1024, 64<<10, 192<<10
	})
	body, write := io.Pipe()
	slow := make(chan reply, 1)
	go func() {
		a, err := s.try(body)
		if err != nil {
			t.Error(err)
		}
		slow <- a
	}()
	line := strings.Repeat("x", 1023) + "\n"
	for range 60 {
		if _, err := io.WriteString(write, line); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the slow body has its memory", func() bool { return s.source.memory.used.Load() >= 60<<10 })

	var others sync.WaitGroup
	statuses := make(chan reply, 32)
	for range cap(statuses) {
		others.Go(func() {
			a, err := s.try(strings.NewReader(strings.Repeat(line, 60)))
			if err != nil {
				t.Error(err)
			}
			statuses <- a
		})
	}
	peak := int64(0)
	done := make(chan struct{})
	go func() {
		others.Wait()
		close(done)
	}()
	for waiting := true; waiting; {
		select {
		case <-done:
			waiting = false
		default:
			peak = max(peak, s.source.memory.used.Load())
		}
	}
	close(statuses)
	accepted := 0
	for a := range statuses {
		switch a.status {
		case 204:
			accepted++
		default:
			a.want(t, 503, "Too many bodies are on their way, max_buffered_bytes. Nothing was taken")
		}
	}
	if err := write.Close(); err != nil {
		t.Fatal(err)
	}
	(<-slow).want(t, 204, "")
	if got, want := len(r.records()), 60*(accepted+1); got != want {
		t.Errorf("%d records were accepted, want the %d of the bodies answered with 204", got, want)
	}
	// A reservation that fails shows for a moment.
	if limit := s.source.memory.limit; peak > 2*limit {
		t.Errorf("%d bytes were reserved at once, want about %d at most", peak, limit)
	}
}

func TestMemoryThatIsUsedUpRefusesAtOnce(t *testing.T) {
	s := run(t, &router{}, nil)
	n := int(s.source.memory.limit)
	if !s.source.memory.reserve(n) {
		t.Fatal("no memory for a source without requests")
	}
	s.post(strings.NewReader("1")).want(t, 503, "Too many bodies are on their way")
	s.source.memory.release(n)
	s.post(strings.NewReader("1")).want(t, 204, "")
}

func TestConnectionsOverTheLimitAreClosed(t *testing.T) {
	s := run(t, &router{}, func(o *SourceOptions) { o.MaxConnections = 2 })
	first, second := s.dial(), s.dial()
	eventually(t, "two connections", func() bool {
		s.source.listener.mu.Lock()
		defer s.source.listener.mu.Unlock()
		return len(s.source.listener.open) == 2
	})
	if n, err := s.dial().Read(make([]byte, 1)); err == nil {
		t.Errorf("read %d bytes from a connection over the limit, want its end", n)
	}
	_, _ = first.Close(), second.Close()
	eventually(t, "there is room again", func() bool {
		a, err := s.try(strings.NewReader("1"))
		return err == nil && a.status == http.StatusNoContent
	})
	if log := s.log.String(); strings.Count(log, "refused connection over max_connections") != 1 {
		t.Errorf("the log does not say once that a connection was refused:\n%s", log)
	}
}
