package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// testDestination accepts every batch, unless the record says or the plugin was told otherwise.
type testDestination struct {
	pluginv1.UnimplementedDestinationServiceServer
	p *testPlugin
}

func (d testDestination) Open(_ context.Context, r *pluginv1.OpenRequest) (*pluginv1.OpenResponse, error) {
	return d.p.opened(r)
}

func (d testDestination) Deliver(s grpc.BidiStreamingServer[pluginv1.DeliverRequest, pluginv1.DeliverResponse]) error {
	d.p.streams.Add(1)
	defer d.p.streams.Done()
	if d.p.has("ends-in-order") {
		return nil
	}
	if d.p.has("reads-nothing") {
		<-s.Context().Done()
		return nil
	}
	for {
		r, err := s.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		answer := &pluginv1.DeliverResponse{BatchId: r.GetBatchId(), Outcome: pluginv1.Outcome_OUTCOME_ACCEPTED}
		word, _, _ := strings.Cut(string(r.GetData()), "\n")
		switch word {
		case "exit":
			_, _ = fmt.Fprintln(d.p.stderr, "no space for this record")
			exit(7)
		case "panic":
			go func() { panic("the plugin's own fault") }()
			select {}
		case "status":
			return status.Error(codes.Internal, "I can't go on; hunter2-secret")
		case "ignore":
			continue
		case "ahead":
			for id := r.GetBatchId(); id < r.GetBatchId()+2; id++ {
				if err := s.Send(&pluginv1.DeliverResponse{BatchId: id, Outcome: answer.GetOutcome()}); err != nil {
					return err
				}
			}
			answer.BatchId, answer.Through = r.GetBatchId()+2, true
		case "working":
			answer.Outcome = pluginv1.Outcome_OUTCOME_WORKING
		case "wrong":
			answer = &pluginv1.DeliverResponse{BatchId: 999, Outcome: pluginv1.Outcome_OUTCOME_PARTIAL}
			for i := range 1000 {
				answer.Records = append(answer.Records, &pluginv1.RecordVerdict{Index: uint32(i * 7), Outcome: 77, Reason: strings.Repeat("ä", 1000)})
			}
		case "secret":
			answer.Outcome = pluginv1.Outcome_OUTCOME_REJECTED
			answer.Error = &pluginv1.ErrorInfo{Code: pluginv1.ErrorCode_ERROR_CODE_INVALID, Message: "bad token hunter2-secret"}
		case "print":
			_, _ = fmt.Fprintln(os.Stdout, "printed by the author")
		case "echo":
			answer.Outcome = pluginv1.Outcome_OUTCOME_REJECTED
			answer.Error = &pluginv1.ErrorInfo{Message: fmt.Sprintf("first=%d last=%d attempt=%d origins=%d sizes=%v settled=%d retries=%d resolved=%v",
				r.GetFirstPosition(), r.GetLastPosition(), r.GetAttempt(), len(r.GetOrigins()), r.GetSizes(), r.GetSettledThrough(), r.GetRetriesSeen(), r.GetResolved())}
		}
		if err := s.Send(answer); err != nil {
			return err
		}
	}
}

// testSource sends batches of two origins as credit allows. When it is drained it sends one more, and ends when all are
// acknowledged.
type testSource struct {
	pluginv1.UnimplementedSourceServiceServer
	p *testPlugin
}

func (t testSource) Open(_ context.Context, r *pluginv1.OpenRequest) (*pluginv1.OpenResponse, error) {
	return t.p.opened(r)
}

func (t testSource) Collect(s grpc.BidiStreamingServer[pluginv1.CollectRequest, pluginv1.CollectResponse]) error {
	t.p.streams.Add(1)
	defer t.p.streams.Done()
	sent, total := uint64(0), uint64(1<<40)
	if t.p.has("ten") {
		total = 10
	}
	draining := false
	for {
		r, err := s.Recv()
		if errors.Is(err, io.EOF) {
			_, _ = fmt.Fprintf(t.p.stderr, "half-closed; drained before: %t\n", draining)
			if t.p.has("deaf") {
				<-s.Context().Done()
			}
			return nil
		}
		if err != nil {
			return err
		}
		if r.GetDrain() && !draining {
			draining = true
			if !t.p.has("ignores-drain") && !t.p.has("deaf") {
				total = sent + 1
			}
		}
		for ; sent < min(r.GetCredit(), total); sent++ {
			if err := s.Send(t.batch(sent+1, sent+1 == total && draining)); err != nil {
				return err
			}
		}
		if r.GetAckedBatchId() == total {
			_, _ = fmt.Fprintln(t.p.stderr, "everything is acknowledged")
			return nil
		}
	}
}

func (t testSource) batch(id uint64, held bool) *pluginv1.CollectResponse {
	m := &pluginv1.CollectResponse{
		BatchId: id,
		Origins: []*pluginv1.Origin{{Count: 1, Peer: "192.0.2.1"}, {Count: 2, ReceivedUnixNano: 5, PeerPort: 99, Source: "forged"}},
		Sizes:   []uint32{1, 3, 0},
		Data:    []byte("a\nb\nc\n\n"),
	}
	switch {
	case held:
		m.Origins, m.Sizes, m.Data = []*pluginv1.Origin{{Count: 1}}, []uint32{4}, []byte("held\n")
	case t.p.has("gap"):
		m.BatchId++
	case t.p.has("crash-after-three") && id == 4:
		exit(6)
	}
	return m
}
