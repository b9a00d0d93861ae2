package wire

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// Bounds on what a message can make the decoder allocate beyond its own size. No batch within the protocol's limits
// comes near them.
const (
	maxOrigins  = 1 << 19
	maxResolved = 256
)

var (
	errNumber   = errors.New("field number out of range")
	errUTF8     = errors.New("string is not valid UTF-8")
	errOrigins  = fmt.Errorf("more than %d origins", maxOrigins)
	errResolved = fmt.Errorf("more than %d resolved values", maxResolved)
)

// Decode reads a DeliverRequest. Key and Data alias p. It accepts what the protobuf runtime accepts: fields in any
// order, packed and unpacked numbers, the last of repeated scalars, fields it doesn't know.
func (b *Batch) Decode(p []byte) error {
	b.reset()
	for len(p) > 0 {
		f, rest, err := next(p)
		if err != nil {
			return err
		}
		p = rest
		switch f.typ {
		case protowire.VarintType:
			b.setNumber(f)
		case protowire.BytesType:
			if err := b.setBytes(f); err != nil {
				return fmt.Errorf("field %d: %w", f.num, err)
			}
		}
	}
	return nil
}

func (b *Batch) setNumber(f field) {
	switch f.num {
	case 1:
		b.ID = f.number
	case 2:
		b.Attempt = uint32(f.number)
	case 3:
		b.First = f.number
	case 4:
		b.Last = f.number
	case 5:
		b.Steps = append(b.Steps, f.number)
	case 8:
		b.Sizes = append(b.Sizes, uint32(f.number))
	case 9:
		b.SettledThrough = f.number
	case 11:
		b.RetriesSeen = f.number
	}
}

func (b *Batch) setBytes(f field) error {
	switch f.num {
	case 5:
		for p := f.bytes; len(p) > 0; {
			v, n := protowire.ConsumeVarint(p)
			if n < 0 {
				return protowire.ParseError(n)
			}
			b.Steps = append(b.Steps, v)
			p = p[n:]
		}
	case 6:
		return b.addResolved(f.bytes)
	case 7:
		return b.addOrigin(f.bytes)
	case 8:
		for p := f.bytes; len(p) > 0; {
			v, n := protowire.ConsumeVarint(p)
			if n < 0 {
				return protowire.ParseError(n)
			}
			b.Sizes = append(b.Sizes, uint32(v))
			p = p[n:]
		}
	case 10:
		b.Key = f.bytes
	case 15:
		b.Data = f.bytes
	}
	return nil
}

func (b *Batch) addResolved(p []byte) error {
	var pair Pair
	for len(p) > 0 {
		f, rest, err := next(p)
		if err != nil {
			return err
		}
		p = rest
		if f.typ != protowire.BytesType || f.num != 1 && f.num != 2 {
			continue
		}
		if !utf8.Valid(f.bytes) {
			return errUTF8
		}
		if f.num == 1 {
			pair.Name = b.Strings.get(f.bytes)
		} else {
			pair.Value = b.Strings.get(f.bytes)
		}
	}
	for i := range b.Resolved {
		if b.Resolved[i].Name == pair.Name {
			b.Resolved[i].Value = pair.Value
			return nil
		}
	}
	if len(b.Resolved) == maxResolved {
		return errResolved
	}
	b.Resolved = append(b.Resolved, pair)
	return nil
}

// field is one field of a message. A field whose type is neither VarintType nor BytesType has been skipped.
type field struct {
	num    protowire.Number
	typ    protowire.Type
	number uint64
	bytes  []byte
}

// is reports whether the field is a number of that field number.
func (f *field) is(num protowire.Number) bool { return f.num == num && f.typ == protowire.VarintType }

// next takes one field off p.
func next(p []byte) (field, []byte, error) {
	num, typ, n := protowire.ConsumeTag(p)
	if n < 0 {
		return field{}, nil, protowire.ParseError(n)
	}
	if num > protowire.MaxValidNumber {
		return field{}, nil, errNumber
	}
	p = p[n:]
	f := field{num: num, typ: typ}
	switch typ {
	case protowire.VarintType:
		f.number, n = protowire.ConsumeVarint(p)
	case protowire.BytesType:
		f.bytes, n = protowire.ConsumeBytes(p)
	default:
		n = protowire.ConsumeFieldValue(num, typ, p)
	}
	if n < 0 {
		return field{}, nil, protowire.ParseError(n)
	}
	return f, p[n:], nil
}
