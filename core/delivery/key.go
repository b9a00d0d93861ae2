package delivery

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// keyer makes the keys of one lane's batches. It is not safe for concurrent use.
type keyer struct {
	prefix []byte
	buf    []byte
}

func newKeyer(id Identity, address string) *keyer {
	p := append([]byte{}, id.SpoolID[:]...)
	p = appendString(p, address)
	p = binary.BigEndian.AppendUint64(p, id.Epoch)
	return &keyer{prefix: p}
}

// key identifies the records of runs and the values they share: the first half of SHA-256 over spool, address, epoch,
// values and positions. Positions are written as first and last of each stretch without gaps, so that the key does not
// depend on how the records came in.
func (k *keyer) key(set *values, runs []spool.Run) (key [16]byte) {
	b := append(k.buf[:0], k.prefix...)
	if set == nil {
		b = binary.BigEndian.AppendUint64(b, 0)
	} else {
		b = append(b, set.keyed...)
	}
	var first, last record.Position
	for i := range runs {
		r := &runs[i]
		if i > 0 && r.First == last+1 {
			last = r.Last()
			continue
		}
		if i > 0 {
			b = appendRange(b, first, last)
		}
		first, last = r.First, r.Last()
	}
	b = appendRange(b, first, last)
	k.buf = b
	sum := sha256.Sum256(b)
	copy(key[:], sum[:])
	return key
}

func appendRange(b []byte, first, last record.Position) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(first))
	return binary.BigEndian.AppendUint64(b, uint64(last))
}

func appendString(b []byte, s string) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(len(s)))
	return append(b, s...)
}
