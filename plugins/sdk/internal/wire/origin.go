package wire

import (
	"bytes"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// Origin is a run of records that came from the same place; see the protocol's message of that name.
type Origin struct {
	Count            uint32
	ReceivedUnixNano int64
	Source           string
	Peer             string
	PeerPort         uint32
	ClientName       string
	Truncated        bool
	ID               uint64
}

const (
	originCount = 1
	originID    = 8
)

// addOrigin decodes one more origin.
func (b *Batch) addOrigin(p []byte) error {
	if len(b.Origins) == maxOrigins {
		return errOrigins
	}
	if n := len(b.Origins); n > 0 && b.alike != nil {
		if count, id, ok := b.likeLast(p); ok {
			b.Origins = append(b.Origins, b.Origins[n-1])
			o := &b.Origins[n]
			o.Count, o.ID = count, id
			return nil
		}
	}
	b.Origins = append(b.Origins, Origin{})
	return b.decodeOrigin(p, &b.Origins[len(b.Origins)-1])
}

// likeLast reads an origin that differs from the last one in count and id alone, if it is one. Where records were taken
// out of what came in together, nearly all are.
func (b *Batch) likeLast(p []byte) (count uint32, id uint64, ok bool) {
	first, rest, err := next(p)
	if err != nil || !first.is(originCount) || !bytes.HasPrefix(rest, b.alike) {
		return 0, 0, false
	}
	last, rest, err := next(rest[len(b.alike):])
	return uint32(first.number), last.number, err == nil && last.is(originID) && len(rest) == 0
}

// decodeOrigin decodes any origin, and notes what the next one may have alike.
func (b *Batch) decodeOrigin(p []byte, o *Origin) error {
	b.alike = nil
	var from, to []byte // what is behind the count, and what is left from the id on
	counts, ids := 0, 0
	for all := p; len(p) > 0; {
		f, rest, err := next(p)
		if err != nil {
			return err
		}
		switch {
		case f.is(originCount):
			counts++
			if len(p) == len(all) {
				from = rest
			}
		case f.is(originID):
			ids++
			to = p
		}
		if err := b.setOrigin(o, &f); err != nil {
			return err
		}
		if p = rest; len(p) == 0 && f.is(originID) && from != nil && counts == 1 && ids == 1 {
			b.alike = from[:len(from)-len(to)]
		}
	}
	return nil
}

func (b *Batch) setOrigin(o *Origin, f *field) error {
	switch f.typ {
	case protowire.VarintType:
		switch f.num {
		case originCount:
			o.Count = uint32(f.number)
		case 2:
			o.ReceivedUnixNano = int64(f.number)
		case 5:
			o.PeerPort = uint32(f.number)
		case 7:
			o.Truncated = protowire.DecodeBool(f.number)
		case originID:
			o.ID = f.number
		}
	case protowire.BytesType:
		var s *string
		switch f.num {
		case 3:
			s = &o.Source
		case 4:
			s = &o.Peer
		case 6:
			s = &o.ClientName
		default:
			return nil
		}
		if !utf8.Valid(f.bytes) {
			return errUTF8
		}
		*s = b.Strings.get(f.bytes)
	}
	return nil
}
