// Package wire is the fast half of the SDK's codec: it reads batches without copying their records, and writes plain
// verdicts without allocating messages. The bytes on the wire are ordinary protobuf.
package wire

import (
	"fmt"

	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto" // also registers the stock codec
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// Codec reads *Batch and writes *Verdict by hand and leaves every other message to the stock codec. It is safe for
// concurrent use.
type Codec struct{ stock encoding.CodecV2 }

// NewCodec returns the codec.
func NewCodec() *Codec { return &Codec{stock: encoding.GetCodecV2(proto.Name)} }

// Name is the stock codec's.
func (*Codec) Name() string { return proto.Name }

// Verdict is a DeliverResponse without particulars. Anything more is written as the generated type.
type Verdict struct {
	BatchID uint64
	Outcome pluginv1.Outcome
	Through bool
	// DurableThrough is sent when HasDurable is set.
	DurableThrough uint64
	HasDurable     bool
}

// verdictSize is what is asked of the pool for a Verdict, which needs 26 bytes at most: buffers above gRPC's pooling
// threshold of 1 KiB are reused together with their bookkeeping, smaller ones are allocated each time.
const verdictSize = 2048

// Marshal encodes v.
func (c *Codec) Marshal(v any) (mem.BufferSlice, error) {
	verdict, ok := v.(*Verdict)
	if !ok {
		return c.stock.Marshal(v)
	}
	pool := mem.DefaultBufferPool()
	buf := pool.Get(verdictSize)
	*buf = verdict.append((*buf)[:0])
	return mem.BufferSlice{mem.NewBuffer(buf, pool)}, nil
}

func (v *Verdict) append(b []byte) []byte {
	if v.BatchID != 0 {
		b = protowire.AppendTag(b, 1, protowire.VarintType)
		b = protowire.AppendVarint(b, v.BatchID)
	}
	if v.Outcome != 0 {
		b = protowire.AppendTag(b, 2, protowire.VarintType)
		b = protowire.AppendVarint(b, uint64(v.Outcome))
	}
	if v.HasDurable {
		b = protowire.AppendTag(b, 6, protowire.VarintType)
		b = protowire.AppendVarint(b, v.DurableThrough)
	}
	if v.Through {
		b = protowire.AppendTag(b, 7, protowire.VarintType)
		b = protowire.AppendVarint(b, 1)
	}
	return b
}

// Unmarshal decodes data into v. A *Batch holds a buffer until its Release.
func (c *Codec) Unmarshal(data mem.BufferSlice, v any) error {
	b, ok := v.(*Batch)
	if !ok {
		return c.stock.Unmarshal(data, v)
	}
	b.Release()
	b.buf = data.MaterializeToBuffer(mem.DefaultBufferPool())
	if err := b.Decode(b.buf.ReadOnlyData()); err != nil {
		b.Release()
		return fmt.Errorf("decode batch: %w", err)
	}
	return nil
}
