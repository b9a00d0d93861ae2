package pluginhost

import (
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"

	"github.com/skidway/skidway/core/delivery"
)

// codec is gRPC's protobuf codec, with the two messages that carry the load written by hand: a *delivery.Batch, also an
// outgoing one, is encoded as DeliverRequest, a *verdictMessage decoded from DeliverResponse. The bytes are standard
// protobuf. It is safe for concurrent use.
type codec struct {
	stock encoding.CodecV2
	loans loans
}

func newCodec() *codec { return &codec{stock: encoding.GetCodecV2(proto.Name)} }

// Name is that of the stock codec: the encoding is the same.
func (c *codec) Name() string { return proto.Name }

// Marshal encodes v.
func (c *codec) Marshal(v any) (mem.BufferSlice, error) {
	switch v := v.(type) {
	case *delivery.Batch:
		return encodeBatch(v, &c.loans)
	case *outgoing:
		p, err := encodeBatch(v.batch, &c.loans)
		if err == nil {
			v.encoded.Store(v.batch.ID)
		}
		return p, err
	default:
		return c.stock.Marshal(v)
	}
}

// Unmarshal decodes data into v, which keeps no reference to it.
func (c *codec) Unmarshal(data mem.BufferSlice, v any) error {
	m, ok := v.(*verdictMessage)
	if !ok {
		return c.stock.Unmarshal(data, v)
	}
	buf := data.MaterializeToBuffer(mem.DefaultBufferPool())
	defer buf.Free()
	return m.decode(buf.ReadOnlyData())
}
