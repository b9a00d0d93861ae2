// Package envelope writes a record and where it came from as one line of JSON:
//
//	{"record":"the bytes","meta":{"source":"source.tcp.app","received_at":"2026-01-02T15:04:05.000000001Z","id":"1"}}
//
// The file and stdout destinations share it.
//
// The file and stdout destinations share it. Its names are those of the router's dead letters.
//
// The record is always a string, also when it is itself JSON: readers then meet one type in every line, and get back
// the bytes that came in, spaces and doubled keys included, by decoding the string. JSON strings can't hold bytes that
// are not UTF-8, so such a record comes as record_base64 instead. The id is a string because it needs all 64 bits, which many
// readers of JSON numbers do not keep. What is unknown of peer, peer_port, client_name and truncated is left out.
package envelope

import (
	"encoding/base64"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/skidway/skidway/plugins/sdk"
)

// Encoder renders batches. The zero value is ready for use; one Encoder serves one goroutine.
type Encoder struct {
	// last is the origin that meta was rendered for, its ID left out.
	last sdk.Meta
	// meta is everything between the record and the id. Records of one origin come in runs, so it is mostly reused.
	meta []byte
}

// AppendBatch appends one line for each record of b to dst. It allocates only to grow dst.
func (e *Encoder) AppendBatch(dst []byte, b *sdk.Batch) []byte {
	for i, m := range b.Metas() {
		dst = e.AppendRecord(dst, b.Record(i), m)
	}
	return dst
}

// AppendRecord appends the line of one record to dst.
func (e *Encoder) AppendRecord(dst, record []byte, m sdk.Meta) []byte {
	id := m.ID
	m.ID = 0
	if e.meta == nil || m != e.last {
		e.meta = appendMeta(e.meta[:0], m)
		e.last = m
	}
	if utf8.Valid(record) {
		dst = append(dst, `{"record":`...)
		dst = appendString(dst, record)
	} else {
		dst = append(dst, `{"record_base64":"`...)
		dst = base64.StdEncoding.AppendEncode(dst, record)
		dst = append(dst, '"')
	}
	dst = append(dst, e.meta...)
	dst = strconv.AppendUint(dst, id, 10)
	return append(dst, "\"}}\n"...)
}

func appendMeta(dst []byte, m sdk.Meta) []byte {
	dst = append(dst, `,"meta":{"source":`...)
	dst = appendString(dst, m.Source)
	if m.Peer != "" {
		dst = append(dst, `,"peer":`...)
		dst = appendString(dst, m.Peer)
	}
	if m.PeerPort != 0 {
		dst = append(dst, `,"peer_port":`...)
		dst = strconv.AppendUint(dst, uint64(m.PeerPort), 10)
	}
	if m.ClientName != "" {
		dst = append(dst, `,"client_name":`...)
		dst = appendString(dst, m.ClientName)
	}
	dst = append(dst, `,"received_at":"`...)
	dst = m.Received.UTC().AppendFormat(dst, time.RFC3339Nano)
	if m.Truncated {
		dst = append(dst, `","truncated":true,"id":"`...)
		return dst
	}
	return append(dst, `","id":"`...)
}
