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

// originRun is consecutive records of a batch with one origin and consecutive ids.
type originRun struct {
	origin *record.Origin
	id     uint64
	count  int
}

func nextOrigin(runs []spool.Run, i int) (o originRun, next int) {
	o = originRun{origin: runs[i].Origin, id: runs[i].ID, count: len(runs[i].Sizes)}
	for i++; i < len(runs); i++ {
		if runs[i].ID != o.id+uint64(o.count) || !sameOrigin(runs[i].Origin, o.origin) {
			break
		}
		o.count += len(runs[i].Sizes)
	}
	return o, i
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

func (o *originRun) size() int {
	n := sizeUint(originCount, uint64(o.count)) + sizeUint(originReceived, uint64(o.origin.ReceivedUnixNano)) +
		sizeString(originSource, o.origin.Source) + sizeString(originPeer, o.origin.Peer) +
		sizeUint(originPeerPort, uint64(o.origin.PeerPort)) + sizeString(originClientName, o.origin.ClientName) +
		sizeUint(originID, o.id)
	if o.origin.Truncated {
		n += sizeUint(originTruncated, 1)
	}
	return n
}

func (o *originRun) append(p []byte) []byte {
	p = appendUint(p, originCount, uint64(o.count))
	p = appendUint(p, originReceived, uint64(o.origin.ReceivedUnixNano))
	p = appendString(p, originSource, o.origin.Source)
	p = appendString(p, originPeer, o.origin.Peer)
	p = appendUint(p, originPeerPort, uint64(o.origin.PeerPort))
	p = appendString(p, originClientName, o.origin.ClientName)
	if o.origin.Truncated {
		p = appendUint(p, originTruncated, 1)
	}
	return appendUint(p, originID, o.id)
}
