package wire

import (
	"errors"
	"fmt"
	"math/bits"
)

// KeySize is the length of a batch's key in bytes.
const KeySize = 16

// Check says what is wrong with a decoded batch: numbers that don't agree with each other or with the data. A batch
// that passes can be read by its own numbers without a further look.
func (b *Batch) Check() error {
	n := uint64(len(b.Sizes))
	if b.ID == 0 {
		return errors.New("batch_id is 0")
	}
	if b.Attempt == 0 {
		return errors.New("attempt is 0")
	}
	if n == 0 {
		return errors.New("no records")
	}
	if len(b.Key) != KeySize {
		return fmt.Errorf("key has %d bytes, want %d", len(b.Key), KeySize)
	}
	if err := b.checkData(); err != nil {
		return err
	}
	if err := b.checkPositions(n); err != nil {
		return err
	}
	return b.checkOrigins(n)
}

func (b *Batch) checkData() error {
	end := uint64(0)
	for i, size := range b.Sizes {
		end += uint64(size)
		if end >= uint64(len(b.Data)) {
			return fmt.Errorf("sizes exceed the %d bytes of data at record %d", len(b.Data), i)
		}
		if b.Data[end] != '\n' {
			return fmt.Errorf("record %d does not end with a line feed", i)
		}
		end++
	}
	if end != uint64(len(b.Data)) {
		return fmt.Errorf("sizes cover %d of %d bytes of data", end, len(b.Data))
	}
	return nil
}

func (b *Batch) checkPositions(n uint64) error {
	last, carry := b.First, uint64(0)
	switch uint64(len(b.Steps)) {
	case 0:
		last, carry = bits.Add64(b.First, n-1, 0)
	case n - 1:
		for i, step := range b.Steps {
			if step == 0 {
				return fmt.Errorf("position step %d is 0", i)
			}
			if last, carry = bits.Add64(last, step, 0); carry != 0 {
				break
			}
		}
	default:
		return fmt.Errorf("%d position steps for %d records", len(b.Steps), n)
	}
	if carry != 0 || last != b.Last {
		return fmt.Errorf("positions from %d do not lead to last_position %d", b.First, b.Last)
	}
	return nil
}

func (b *Batch) checkOrigins(n uint64) error {
	covered := uint64(0)
	for i := range b.Origins {
		if b.Origins[i].Count == 0 {
			return fmt.Errorf("origin %d covers no record", i)
		}
		covered += uint64(b.Origins[i].Count)
	}
	if covered != n {
		return fmt.Errorf("origins cover %d of %d records", covered, n)
	}
	return nil
}
