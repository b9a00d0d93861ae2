package sdk

import (
	"fmt"
	"iter"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/skidway/skidway/plugins/sdk/internal/wire"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// Batch is records that are delivered together. It and every byte slice it hands out are the SDK's, must not be
// changed, and are valid until Write returns; strings may be kept. Any number of goroutines may read it meanwhile.
//
// In a destination whose attributes are computed for every record, all records of a batch have the same values, and
// batches of other values may hold records from between them: positions rise from batch to batch only among those that
// have equal values.
type Batch struct {
	wire wire.Batch
	// ends[i] is where record i's terminator lies in the data.
	ends []int
	// offsets[i] is record i's position less the first one's; empty when it is i.
	offsets []uint64
	// delivery takes signs of life; nil in a batch made by NewBatch.
	delivery *delivery
	// lastWorking is when Working last sent something, in nanoseconds of the monotonic clock.
	lastWorking atomic.Int64
}

// NewBatch makes a batch from a protocol message, as it would reach Write: for tests of a destination. It says what is
// wrong with a message that a router would never send. req is not kept.
func NewBatch(req *pluginv1.DeliverRequest) (*Batch, error) {
	encoded, err := proto.Marshal(req)
	if err != nil {
		return nil, fmt.Errorf("encode batch: %w", err)
	}
	b := &Batch{}
	if err := b.wire.Decode(encoded); err != nil {
		return nil, err
	}
	if err := b.prepare(); err != nil {
		return nil, err
	}
	return b, nil
}

// prepare checks what came off the wire and computes what the accessors need.
func (b *Batch) prepare() error {
	if err := b.wire.Check(); err != nil {
		return err
	}
	b.ends = b.ends[:0]
	end := 0
	for _, size := range b.wire.Sizes {
		end += int(size)
		b.ends = append(b.ends, end)
		end++
	}
	b.offsets = b.offsets[:0]
	if len(b.wire.Steps) > 0 {
		offset := uint64(0)
		b.offsets = append(b.offsets, 0)
		for _, step := range b.wire.Steps {
			offset += step
			b.offsets = append(b.offsets, offset)
		}
	}
	return nil
}

// keepRecords is how many records of one batch may leave their memory to the next ones.
const keepRecords = 8192

// release gives the batch's bytes back.
func (b *Batch) release() {
	b.wire.Release()
	if cap(b.ends) > keepRecords {
		b.ends = nil
	}
	if cap(b.offsets) > keepRecords {
		b.offsets = nil
	}
}

// Len returns the number of records, at least 1.
func (b *Batch) Len() int { return len(b.ends) }

// Data returns all records, each followed by a line feed. A record may itself hold line feeds.
func (b *Batch) Data() []byte { return b.wire.Data }

// Record returns record i, counted from 0, without its terminator.
func (b *Batch) Record(i int) []byte {
	start := 0
	if i > 0 {
		start = b.ends[i-1] + 1
	}
	end := b.ends[i]
	return b.wire.Data[start:end:end]
}

// Records yields every record's index and bytes, without its terminator. It allocates nothing.
func (b *Batch) Records() iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		start := 0
		for i, end := range b.ends {
			if !yield(i, b.wire.Data[start:end:end]) {
				return
			}
			start = end + 1
		}
	}
}

// Metas yields every record's index and where it came from. It costs next to nothing for records that came in
// together.
func (b *Batch) Metas() iter.Seq2[int, Meta] {
	return func(yield func(int, Meta) bool) {
		i := 0
		for r := range b.wire.Origins {
			o := &b.wire.Origins[r]
			m := Meta{
				Received:   time.Unix(0, o.ReceivedUnixNano),
				Source:     o.Source,
				Peer:       o.Peer,
				PeerPort:   o.PeerPort,
				ClientName: o.ClientName,
				Truncated:  o.Truncated,
				ID:         o.ID,
			}
			for range o.Count {
				if !yield(i, m) {
					return
				}
				i++
				m.ID++
			}
		}
	}
}

// Position returns record i's position in the router's spool. Positions grow within a batch.
func (b *Batch) Position(i int) uint64 {
	if len(b.offsets) > 0 {
		return b.wire.First + b.offsets[i]
	}
	return b.wire.First + uint64(i)
}

// FirstPosition returns the first record's position.
func (b *Batch) FirstPosition() uint64 { return b.wire.First }

// LastPosition returns the last record's position, which is the highest.
func (b *Batch) LastPosition() uint64 { return b.wire.Last }

// Key returns the batch's 16-byte idempotency key: the same whenever the same records come again in a batch cut the
// same way, within the life of a spool. With Traits.StableBatches the router cuts them the same way again. A spool on
// disk outlives the router; one in memory does not, and its records come with other keys after a restart, if at all.
func (b *Batch) Key() []byte { return b.wire.Key }

// Attempt returns how often the batch has been sent, counted from 1.
func (b *Batch) Attempt() int { return int(b.wire.Attempt) }

// Resolved returns the value that the attribute of that name, whose tag says record, has for the records of this batch,
// whether it was computed for them or is the same for all. ok is false when it is null, or was left out. A batch made by
// NewBatch knows only what its message has. A Path that was computed is relative and encoded so that no record can choose
// folders: the bytes of a record's values outside printable ASCII, and "%", "/" and "\", are "%XX" in it.
func (b *Batch) Resolved(name string) (value string, ok bool) {
	for i := range b.wire.Resolved {
		if b.wire.Resolved[i].Name == name {
			return b.wire.Resolved[i].Value, true
		}
	}
	if b.delivery != nil {
		for _, c := range b.delivery.constants {
			if c.Name == name {
				return c.Value, true
			}
		}
	}
	return "", false
}

// SettledThrough returns the router's own durable position: within one cursor epoch no record at or below it will be
// sent again.
func (b *Batch) SettledThrough() uint64 { return b.wire.SettledThrough }

// Working tells the router that the batch is alive and takes its time, which restarts the block's hang_timeout. Only
// the plugin's code sends it: call it where progress is made, not from a timer. Calls within 250 ms of the last one
// cost nothing and send nothing. It must not be called after Write returned.
func (b *Batch) Working() {
	if b.delivery != nil {
		b.delivery.working(b)
	}
}

// Meta is where one record came from.
type Meta struct {
	// Received is when the router received the record.
	Received time.Time
	// Source is the address of the source block, for example "source.tcp.app".
	Source string
	// Peer is the sender's address without its port, as the router saw it; empty when there is none.
	Peer string
	// PeerPort is the sender's port.
	PeerPort uint32
	// ClientName is the verified name of the sender's TLS certificate; empty without one.
	ClientName string
	// Truncated: the record was cut at the source's size limit.
	Truncated bool
	// ID of the record, the same at every destination.
	ID uint64
}
