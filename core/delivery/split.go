package delivery

import (
	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// pick returns the records of runs at which keep holds, indexes counted over all runs, with a hold on the segment for
// each run returned, and how many records and bytes they are.
func pick(runs []spool.Run, keep func(i int) bool) (picked []spool.Run, records, bytes int) {
	index := 0
	for k := range runs {
		r := &runs[k]
		start, at, offset := -1, 0, 0
		cut := func(end, endOffset int) {
			if start < 0 {
				return
			}
			p := slice(r, start, end, at, endOffset)
			p.Segment.Retain()
			picked = append(picked, p)
			records += end - start
			bytes += endOffset - at
			start = -1
		}
		for i, size := range r.Sizes {
			if !keep(index + i) {
				cut(i, offset)
			} else if start < 0 {
				start, at = i, offset
			}
			offset += int(size) + 1
		}
		cut(len(r.Sizes), offset)
		index += len(r.Sizes)
	}
	return picked, records, bytes
}

// slice returns the records of r between two indexes, whose bytes lie between two offsets. It takes no hold.
func slice(r *spool.Run, from, to, at, end int) spool.Run {
	var skips []uint32
	if r.Skips != nil {
		skips = r.Skips[from:to:to]
	}
	return spool.Run{
		First:  r.First + record.Position(from),
		Origin: r.Origin,
		ID:     r.ID + uint64(from),
		Skips:  skips,
		Sizes:  r.Sizes[from:to:to],
		Data:   r.Data[at:end:end],

		Segment: r.Segment,
	}
}

// after returns what of r lies above p, for a run that holds p.
func after(r *spool.Run, p record.Position) spool.Run {
	from := int(p - r.First + 1)
	at := 0
	for _, size := range r.Sizes[:from] {
		at += int(size) + 1
	}
	return slice(r, from, len(r.Sizes), at, len(r.Data))
}

func release(runs []spool.Run) {
	for i := range runs {
		runs[i].Segment.Release()
	}
}
