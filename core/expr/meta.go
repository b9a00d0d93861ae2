package expr

import (
	"math"
	"strconv"
	"time"

	"github.com/zclconf/go-cty/cty"
)

// Meta is what an expression sees of a record besides its bytes, as meta.NAME.
type Meta struct {
	// Source is the address of the source block, meta.source.
	Source string
	// Peer is the sender's address without its port, meta.peer; empty when there is none.
	Peer string
	// ClientName is the verified name of the sender's TLS certificate, meta.client_name; empty without one.
	ClientName string
	// Hostname is the router's, meta.hostname.
	Hostname string
	// PeerPort is the sender's port, meta.peer_port; 0 when there is none.
	PeerPort uint32
	// ReceivedUnixNano is when the router received the record, in nanoseconds since 1970 UTC, meta.received_at.
	ReceivedUnixNano int64
	// ID is the record's id, meta.id.
	ID uint64
	// Truncated says that the record was cut at the source's size limit, meta.truncated.
	Truncated bool
	// Now is what now() returns, in nanoseconds since 1970 UTC: one time for a whole group.
	Now int64
}

// metaField is a field of meta.
type metaField uint8

const (
	metaSource metaField = iota
	metaPeer
	metaPeerPort
	metaClientName
	metaReceivedAt
	metaHostname
	metaSize
	metaTruncated
	metaID
	metaNow // not a field: what now() returns
	metaCount
)

// metaNames returns the names of the fields of meta, in the order of the constants.
func metaNames() []string {
	return []string{"source", "peer", "peer_port", "client_name", "received_at", "hostname", "size", "truncated", "id"}
}

// metaVal returns a field of meta.
func (r *Record) metaVal(f metaField) val {
	m := r.meta
	switch f {
	case metaSource:
		return r.textOf(m.Source)
	case metaPeer:
		return r.textOf(m.Peer)
	case metaPeerPort:
		return intVal(int64(m.PeerPort))
	case metaClientName:
		return r.textOf(m.ClientName)
	case metaReceivedAt:
		return r.timeVal(m.ReceivedUnixNano)
	case metaHostname:
		return r.textOf(m.Hostname)
	case metaSize:
		return intVal(int64(len(r.data)))
	case metaTruncated:
		return boolVal(m.Truncated)
	case metaID:
		if m.ID > math.MaxInt64 {
			return val{kind: kindBail}
		}
		return intVal(int64(m.ID))
	case metaNow:
		return r.timeVal(m.Now)
	case metaCount:
	}
	return val{}
}

// metaCty returns a field of meta as hcl's evaluator sees it.
func (r *Record) metaCty(f metaField) cty.Value {
	m := r.meta
	switch f {
	case metaSource:
		return ctyText(m.Source)
	case metaPeer:
		return ctyText(m.Peer)
	case metaPeerPort:
		return cty.NumberUIntVal(uint64(m.PeerPort))
	case metaClientName:
		return ctyText(m.ClientName)
	case metaReceivedAt:
		return cty.StringVal(string(appendTime(nil, m.ReceivedUnixNano)))
	case metaHostname:
		return ctyText(m.Hostname)
	case metaSize:
		return cty.NumberIntVal(int64(len(r.data)))
	case metaTruncated:
		return cty.BoolVal(m.Truncated)
	case metaID:
		return cty.MustParseNumberVal(strconv.FormatUint(m.ID, 10))
	case metaNow:
		return cty.StringVal(string(appendTime(nil, m.Now)))
	case metaCount:
	}
	return cty.DynamicVal
}

// appendTime appends a time as RFC 3339 in UTC with nine digits of a second.
func appendTime(dst []byte, unixNano int64) []byte {
	return time.Unix(0, unixNano).UTC().AppendFormat(dst, timeLayout)
}

// timeLayout is RFC 3339 with nanoseconds, always nine digits, so that texts sort as times do.
const timeLayout = "2006-01-02T15:04:05.000000000Z07:00"
