package sdk

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/skidway/skidway/proto"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// fakeSource is a source made of functions.
type fakeSource struct {
	run      func(context.Context, *Output) error
	out      *Output
	closings int
	// owed is how many batches were not acknowledged when the source was closed.
	owed uint64
}

func (*fakeSource) Open(context.Context, Config) error { return nil }

func (s *fakeSource) Run(ctx context.Context, out *Output) error {
	s.out = out
	return s.run(ctx, out)
}

func (s *fakeSource) Close() error {
	s.closings++
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	s.owed = s.out.sent - s.out.acked
	return nil
}

func sourceOf(s Source) Plugin {
	return Plugin{
		Name: "fake", Version: "1.0.0",
		Source: NewSource(noOptions{}, func(noOptions) Source { return s }),
	}
}

// collect opens the source and its stream, with credit for one batch.
func (r *rig) collect() pluginv1.SourceService_CollectClient {
	r.t.Helper()
	ctx, cancel := context.WithCancel(testContext(r.t))
	r.t.Cleanup(cancel)
	client := pluginv1.NewSourceServiceClient(r.conn)
	if _, err := client.Open(ctx, &pluginv1.OpenRequest{ConfigJson: []byte("{}")}); err != nil {
		r.t.Fatalf("Open: %v", err)
	}
	s, err := client.Collect(ctx)
	if err != nil {
		r.t.Fatal(err)
	}
	grant(r.t, s, 0, 1)
	return s
}

func grant(t testing.TB, s pluginv1.SourceService_CollectClient, acked, credit uint64) {
	t.Helper()
	// io.EOF: the source has ended already, and the receiver learns how.
	err := s.Send(&pluginv1.CollectRequest{AckedBatchId: acked, Credit: credit})
	if err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
}

// collected receives a batch, checks that it is well formed, and returns its id and records.
func collected(t testing.TB, s pluginv1.SourceService_CollectClient) (uint64, []string) {
	t.Helper()
	b, err := s.Recv()
	if err != nil {
		t.Fatal(err)
	}
	var records []string
	data := b.GetData()
	for _, size := range b.GetSizes() {
		records = append(records, string(data[:size]))
		if data[size] != '\n' {
			t.Errorf("record %q ends with %q, want a line feed", data[:size], data[size])
		}
		data = data[size+1:]
	}
	if len(data) > 0 || len(b.GetOrigins()) != 1 || int(b.GetOrigins()[0].GetCount()) != len(records) ||
		b.GetOrigins()[0].GetReceivedUnixNano() == 0 {
		t.Errorf("batch %v is not well formed", b)
	}
	return b.GetBatchId(), records
}

func endOf(s pluginv1.SourceService_CollectClient) error {
	_, err := s.Recv()
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func records(rs ...string) *Records {
	r := &Records{Peer: "192.0.2.1", PeerPort: 514}
	for _, s := range rs {
		r.Append([]byte(s))
	}
	return r
}

func TestCollectWaitsForCreditAndAcknowledgement(t *testing.T) {
	acked := make(chan error, 2)
	src := &fakeSource{run: func(ctx context.Context, out *Output) error {
		r := records("a", "", "b\nc")
		first, err := out.Send(ctx, r)
		if err != nil {
			return err
		}
		r.Reset() // the caller's again
		r.Append([]byte("d"))
		second, err := out.Send(ctx, r)
		if err != nil {
			return err
		}
		acked <- first.Wait(ctx)
		acked <- second.Wait(ctx)
		return nil
	}}
	s := newRig(t, sourceOf(src)).collect()
	if id, got := collected(t, s); id != 1 || strings.Join(got, "|") != "a||b\nc" {
		t.Errorf("batch %d = %q, want 1 with a, an empty record and b\\nc", id, got)
	}
	grant(t, s, 0, 2)
	if id, got := collected(t, s); id != 2 || strings.Join(got, "|") != "d" {
		t.Errorf("batch %d = %q, want 2 with d", id, got)
	}
	grant(t, s, 1, 2)
	if err := await(t, acked); err != nil {
		t.Errorf("Wait = %v, want nil", err)
	}
	grant(t, s, 2, 2)
	if err := await(t, acked); err != nil {
		t.Errorf("Wait = %v, want nil", err)
	}
	if err := endOf(s); err != nil {
		t.Errorf("the stream ended with %v, want OK", err)
	}
	if src.closings != 1 {
		t.Errorf("Close was called %d times, want 1", src.closings)
	}
}

func TestCollectWaitsForAcknowledgementsBeforeASourceEnds(t *testing.T) {
	src := &fakeSource{run: func(ctx context.Context, out *Output) error {
		_, err := out.Send(ctx, records("last"))
		return err
	}}
	s := newRig(t, sourceOf(src)).collect()
	collected(t, s)
	grant(t, s, 1, 1)
	if err := endOf(s); err != nil {
		t.Errorf("the stream ended with %v, want OK", err)
	}
	if src.owed != 0 {
		t.Errorf("the source was closed %d batches too early", src.owed)
	}
}

// drain tells the source to end; acknowledgements go on.
func drain(t testing.TB, s pluginv1.SourceService_CollectClient, acked, credit uint64) {
	t.Helper()
	if err := s.Send(&pluginv1.CollectRequest{AckedBatchId: acked, Credit: credit, Drain: true}); err != nil {
		t.Fatal(err)
	}
}

func TestCollectDrainsWithAcknowledgements(t *testing.T) {
	started, fulfilled := make(chan struct{}), make(chan error, 1)
	src := &fakeSource{run: func(ctx context.Context, out *Output) error {
		close(started)
		<-ctx.Done()
		rest := context.WithoutCancel(ctx)
		receipt, err := out.Send(rest, records("held"))
		if err != nil {
			return err
		}
		fulfilled <- receipt.Wait(rest)
		_, err = out.Send(rest, records("held, and sent with the credit that came during the drain"))
		return err
	}}
	s := newRig(t, sourceOf(src)).collect()
	await(t, started)
	drain(t, s, 0, 1)
	if id, got := collected(t, s); id != 1 || strings.Join(got, "|") != "held" {
		t.Errorf("batch %d = %q, want 1 with what the source held", id, got)
	}
	drain(t, s, 1, 2)
	if err := await(t, fulfilled); err != nil {
		t.Errorf("Wait = %v, want nil", err)
	}
	if id, _ := collected(t, s); id != 2 {
		t.Errorf("batch %d, want 2", id)
	}
	grant(t, s, 2, 3)
	if err := endOf(s); err != nil {
		t.Errorf("the stream ended with %v, want OK", err)
	}
	if src.owed != 0 {
		t.Errorf("the source was closed %d batches before it was drained", src.owed)
	}
}

func TestCollectEndsADrainWithoutAcknowledgementWhenTheRouterClosesItsSide(t *testing.T) {
	sent := make(chan error, 1)
	src := &fakeSource{run: func(ctx context.Context, out *Output) error {
		<-ctx.Done()
		_, err := out.Send(context.WithoutCancel(ctx), records("held"))
		sent <- err
		return err
	}}
	s := newRig(t, sourceOf(src)).collect()
	drain(t, s, 0, 1)
	collected(t, s)
	if err := await(t, sent); err != nil {
		t.Fatalf("Send = %v", err)
	}
	if err := s.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if err := endOf(s); err != nil {
		t.Errorf("the stream ended with %v, want OK", err)
	}
	if src.owed != 1 {
		t.Errorf("the source was closed with %d batches unacknowledged, want 1", src.owed)
	}
}

func TestCollectEndsWhenTheRouterClosesItsSide(t *testing.T) {
	started := make(chan struct{})
	var sendErr, waitErr error
	src := &fakeSource{run: func(ctx context.Context, out *Output) error {
		close(started)
		<-ctx.Done()
		rest := context.WithoutCancel(ctx)
		receipt, err := out.Send(rest, records("held"))
		if err != nil {
			return err
		}
		_, sendErr = out.Send(rest, records("beyond the credit"))
		waitErr = receipt.Wait(rest)
		return nil
	}}
	s := newRig(t, sourceOf(src)).collect()
	await(t, started)
	if err := s.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if id, got := collected(t, s); id != 1 || strings.Join(got, "|") != "held" {
		t.Errorf("batch %d = %q, want 1 with what the source held", id, got)
	}
	if err := endOf(s); err != nil {
		t.Errorf("the stream ended with %v, want OK", err)
	}
	if !errors.Is(sendErr, errNoMore) || !errors.Is(waitErr, errNoMore) {
		t.Errorf("Send = %v, Wait = %v, want both %v", sendErr, waitErr, errNoMore)
	}
}

func TestCollectEndsAsRunDoes(t *testing.T) {
	boom := errors.New("boom")
	for _, test := range []struct {
		name string
		run  func(context.Context, *Output) error
		want codes.Code
	}{
		{"nil", func(context.Context, *Output) error { return nil }, codes.OK},
		{"error", func(context.Context, *Output) error { return boom }, codes.Unavailable},
		{"reject", func(context.Context, *Output) error { return Reject(boom) }, codes.InvalidArgument},
		{"panic", func(context.Context, *Output) error { panic("boom") }, codes.Internal},
	} {
		t.Run(test.name, func(t *testing.T) {
			src := &fakeSource{run: test.run}
			err := endOf(newRig(t, sourceOf(src)).collect())
			if status.Code(err) != test.want || err != nil && !strings.Contains(err.Error(), "boom") {
				t.Errorf("the stream ended with %v, want %v", err, test.want)
			}
		})
	}
}

func TestCollectTakesTheContextsErrorForADrain(t *testing.T) {
	src := &fakeSource{run: func(ctx context.Context, _ *Output) error {
		<-ctx.Done()
		return ctx.Err()
	}}
	s := newRig(t, sourceOf(src)).collect()
	drain(t, s, 0, 1)
	if err := endOf(s); err != nil {
		t.Errorf("the stream ended with %v, want OK", err)
	}
}

func TestOutputRefusesWhatTheProtocolCannotCarry(t *testing.T) {
	out := NewOutput(func(*pluginv1.CollectResponse) error { return nil })
	r := &Records{}
	r.Append(make([]byte, proto.MaxBatchBytes))
	if _, err := out.Send(t.Context(), r); err == nil {
		t.Error("Send of more than the protocol's limit = nil, want an error")
	}
}

func TestOutputSendsNothingForNoRecords(t *testing.T) {
	out := NewOutput(func(*pluginv1.CollectResponse) error {
		t.Error("a batch was sent")
		return nil
	})
	receipt, err := out.Send(t.Context(), &Records{})
	if err != nil {
		t.Fatal(err)
	}
	if err := receipt.Wait(t.Context()); err != nil {
		t.Errorf("Wait = %v, want nil", err)
	}
}

func TestOutputGivesUpWithItsContext(t *testing.T) {
	out := newOutput(func(*pluginv1.CollectResponse) error { return nil })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := out.Send(ctx, records("a")); !errors.Is(err, context.Canceled) {
		t.Errorf("Send = %v, want %v", err, context.Canceled)
	}
}

func TestOutputIgnoresTotalsThatGoBack(t *testing.T) {
	out := newOutput(func(*pluginv1.CollectResponse) error { return nil })
	out.grant(&pluginv1.CollectRequest{Credit: 1, AckedBatchId: 1})
	out.grant(&pluginv1.CollectRequest{})
	receipt, err := out.Send(t.Context(), records("a"))
	if err != nil {
		t.Fatal(err)
	}
	if err := receipt.Wait(t.Context()); err != nil {
		t.Errorf("Wait = %v, want nil", err)
	}
}
