package sdk

import "time"

// Records are gathered for one Send: records that a source received together. The zero value is ready. It is not safe
// for concurrent use.
type Records struct {
	// Received is when the source received them; the zero value is taken as the time of Send.
	Received time.Time
	// Peer is the sender's address without its port, PeerPort its port; empty and 0 when there is none.
	Peer     string
	PeerPort uint32
	// ClientName is the name of the sender that was verified, by its TLS certificate or otherwise; empty: none was.
	ClientName string

	data  []byte
	sizes []uint32
}

// Append adds one record, which is copied. A record may hold any bytes.
func (r *Records) Append(rec []byte) {
	r.data = append(append(r.data, rec...), '\n')
	r.sizes = append(r.sizes, uint32(len(rec)))
}

// Len returns how many records there are.
func (r *Records) Len() int { return len(r.sizes) }

// Bytes returns the size of what was gathered, with one byte for each record's terminator. Send takes 3.5 MiB, the last
// terminator not counted.
func (r *Records) Bytes() int { return len(r.data) }

// Reset removes the records and keeps the memory, and Received, Peer, PeerPort and ClientName as they are.
func (r *Records) Reset() { r.data, r.sizes = r.data[:0], r.sizes[:0] }
