// Package record holds what travels through the router: records, in the groups they came in.
//
// It knows nothing of sockets, spools or plugins; every package of the way imports it.
package record

// Position is a record's number in a spool. The first record has position 1; 0 means "before the first".
type Position uint64

// Origin says where records came from. It is what the receiver saw; nothing in it is taken from the sender's bytes.
type Origin struct {
	// Source is the address of the source block, for example "source.tcp.app".
	Source string
	// Peer is the sender's address without its port; empty when there is none.
	Peer string
	// PeerPort is the sender's port; 0 when there is none.
	PeerPort uint32
	// ClientName is the verified name of the sender's TLS certificate; empty without one.
	ClientName string
	// ReceivedUnixNano is when the router received the records, in nanoseconds since 1970 UTC.
	ReceivedUnixNano int64
	// Truncated says that the records were cut at the source's size limit.
	Truncated bool
	// ID is the id of the first record; each next record's is one higher, unless a Group says otherwise.
	ID uint64
}

// Group is records that came in together from one origin, in one buffer.
//
// Whoever is given a Group may read it until the call returns and must not keep or change it: the buffers belong to
// the caller, which reads the next group into them.
type Group struct {
	Origin Origin
	// Sizes holds each record's bytes without its terminator.
	Sizes []uint32
	// Skips says, for a group out of which records were taken, by how much each record's id is higher than if none had
	// been: record i's is Origin.ID + i + Skips[i]. They never fall. nil: none was.
	Skips []uint32
	// Data holds the records, each followed by one LF that its size does not count. A record may itself hold LFs, so
	// only Sizes says where records end. len(Data) is the sum of Sizes plus len(Sizes).
	Data []byte
}

// Len returns the number of records.
func (g *Group) Len() int { return len(g.Sizes) }

// ID returns the id of record i.
func (g *Group) ID(i int) uint64 { return ID(g.Origin.ID, g.Skips, i) }

// ID returns the id of record i of some whose first has the id base if it skips none; skips are as in Group.
func ID(base uint64, skips []uint32, i int) uint64 {
	base += uint64(i)
	if skips != nil {
		base += uint64(skips[i])
	}
	return base
}
