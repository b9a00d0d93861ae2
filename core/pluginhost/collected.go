package pluginhost

import (
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"google.golang.org/grpc"

	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/proto"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// maxName is the longest peer or client name that is taken from a plugin, in bytes.
const maxName = 255

// collected checks the batches of one Collect stream and turns them into groups.
type collected struct {
	source string
	ids    *record.IDs
	// window is how many batches may be unacknowledged.
	window uint64
	// last is the id of the batch taken last.
	last uint64
}

// take checks a batch: its number, and that sizes, data and origins agree. Each batch is appended before the next one
// is taken, so one that was sent without credit can do no harm, and waits in the stream's window.
func (c *collected) take(m *pluginv1.CollectResponse) error {
	if m.GetBatchId() != c.last+1 {
		return fmt.Errorf("batch %d followed batch %d", m.GetBatchId(), c.last)
	}
	c.last++
	data := m.GetData()
	if len(data) > proto.MaxBatchBytes {
		return fmt.Errorf("batch of %d bytes is over the limit of %d", len(data), proto.MaxBatchBytes)
	}
	if len(m.GetSizes()) == 0 {
		return errors.New("batch holds no records")
	}
	at := 0
	for i, size := range m.GetSizes() {
		if uint64(size) >= uint64(len(data)-at) || data[at+int(size)] != '\n' {
			return fmt.Errorf("the size of record %d does not agree with the data", i)
		}
		at += int(size) + 1
	}
	if at != len(data) {
		return errors.New("the sizes do not cover the data")
	}
	covered := uint64(0)
	for _, o := range m.GetOrigins() {
		if o.GetCount() == 0 {
			return errors.New("an origin covers no record")
		}
		covered += uint64(o.GetCount())
	}
	if covered != uint64(len(m.GetSizes())) {
		return fmt.Errorf("the origins cover %d of %d records", covered, len(m.GetSizes()))
	}
	return nil
}

// groups yields one group for each origin of a batch that take accepted. A group is valid until the next one.
func (c *collected) groups(m *pluginv1.CollectResponse, now time.Time) iter.Seq[*record.Group] {
	return func(yield func(*record.Group) bool) {
		sizes, data := m.GetSizes(), m.GetData()
		for _, o := range m.GetOrigins() {
			n := int(o.GetCount())
			bytes := n
			for _, size := range sizes[:n] {
				bytes += int(size)
			}
			g := record.Group{
				Origin: record.Origin{
					Source:           c.source,
					Peer:             shorten(o.GetPeer(), maxName),
					PeerPort:         min(o.GetPeerPort(), 1<<16-1),
					ClientName:       shorten(o.GetClientName(), maxName),
					ReceivedUnixNano: o.GetReceivedUnixNano(),
					Truncated:        o.GetTruncated(),
					ID:               c.ids.Take(n),
				},
				Sizes: sizes[:n:n],
				Data:  data[:bytes:bytes],
			}
			// A record from the future would keep those behind it from growing too old.
			if g.Origin.ReceivedUnixNano <= 0 || g.Origin.ReceivedUnixNano > now.UnixNano() {
				g.Origin.ReceivedUnixNano = now.UnixNano()
			}
			if !yield(&g) {
				return
			}
			sizes, data = sizes[n:], data[bytes:]
		}
	}
}

// sender is the host's side of a Collect stream, which is drained and closed while acknowledgements may be under way.
type sender struct {
	mu     sync.Mutex
	stream grpc.ClientStream
	closed bool
	msg    pluginv1.CollectRequest
}

// ack acknowledges every batch up to id and grants credit in all.
func (s *sender) ack(id, credit uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errSendClosed
	}
	s.msg.AckedBatchId, s.msg.Credit = id, credit
	return s.stream.SendMsg(&s.msg)
}

// drain tells the source to end once everything is acknowledged. It may wait for a source that does not read.
func (s *sender) drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.msg.Drain = true
	if !s.closed {
		_ = s.stream.SendMsg(&s.msg) // an error says that the stream is over, and its receiver says why
	}
}

// close closes the host's side.
func (s *sender) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	_ = s.stream.CloseSend()
}

// draining says whether the source was told to end.
func (s *sender) draining() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.msg.Drain
}
