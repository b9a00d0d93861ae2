package pluginhost

import (
	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// Field numbers of Origin.
const (
	originCount      = 1
	originReceived   = 2
	originSource     = 3
	originPeer       = 4
	originPeerPort   = 5
	originClientName = 6
	originTruncated  = 7
	originID         = 8
)

// originRuns goes through the records of a batch by runs with one origin and consecutive ids.
type originRuns struct {
	runs []spool.Run
	// run and record are where the next one begins.
	run, record int

	origin *record.Origin
	id     uint64
	count  int
	// same is the length of what all runs of the origin have alike, all but count and id; 0: not known. encoded is that,
	// once it was encoded.
	same    int
	encoded []byte
}

// next goes to the next run and reports whether there is one.
func (o *originRuns) next() bool {
	if o.run == len(o.runs) {
		return false
	}
	r := &o.runs[o.run]
	if o.origin == nil || !sameOrigin(r.Origin, o.origin) {
		o.same, o.encoded = 0, nil
	}
	o.origin, o.id, o.count = r.Origin, r.RecordID(o.record), 0
	for {
		o.count += o.stretch(r)
		if o.record < r.Len() {
			return true
		}
		o.run, o.record = o.run+1, 0
		if o.run == len(o.runs) {
			return true
		}
		r = &o.runs[o.run]
		if r.RecordID(0) != o.id+uint64(o.count) || !sameOrigin(r.Origin, o.origin) {
			return true
		}
	}
}

// stretch goes behind the records of the run that have consecutive ids, and returns how many they are.
func (o *originRuns) stretch(r *spool.Run) int {
	from := o.record
	if r.Skips == nil {
		o.record = r.Len()
		return o.record - from
	}
	skips := r.Skips[from]
	for o.record++; o.record < len(r.Skips) && r.Skips[o.record] == skips; o.record++ {
	}
	return o.record - from
}

// sameOrigin compares all but the ids, which belong to the groups.
func sameOrigin(a, b *record.Origin) bool {
	if a == b {
		return true
	}
	x, y := *a, *b
	x.ID, y.ID = 0, 0
	return x == y
}

// size returns the length of the run's Origin.
func (o *originRuns) size() int {
	if o.same == 0 {
		o.same = sizeUint(originReceived, uint64(o.origin.ReceivedUnixNano)) +
			sizeString(originSource, o.origin.Source) + sizeString(originPeer, o.origin.Peer) +
			sizeUint(originPeerPort, uint64(o.origin.PeerPort)) + sizeString(originClientName, o.origin.ClientName)
		if o.origin.Truncated {
			o.same += sizeUint(originTruncated, 1)
		}
	}
	return sizeUint(originCount, uint64(o.count)) + o.same + sizeUint(originID, o.id)
}

// append appends the run's Origin.
func (o *originRuns) append(p []byte) []byte {
	p = appendUint(p, originCount, uint64(o.count))
	if o.encoded != nil {
		p = append(p, o.encoded...)
		return appendUint(p, originID, o.id)
	}
	from := len(p)
	p = appendUint(p, originReceived, uint64(o.origin.ReceivedUnixNano))
	p = appendString(p, originSource, o.origin.Source)
	p = appendString(p, originPeer, o.origin.Peer)
	p = appendUint(p, originPeerPort, uint64(o.origin.PeerPort))
	p = appendString(p, originClientName, o.origin.ClientName)
	if o.origin.Truncated {
		p = appendUint(p, originTruncated, 1)
	}
	o.encoded = p[from:]
	return appendUint(p, originID, o.id)
}
