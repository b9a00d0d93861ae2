package ingest

// maxRecordsPerGroup bounds the sizes of one group. With records of 64 bytes or more it bounds nothing that a buffer
// of 256 KiB does not; with smaller ones it keeps the sizes from outgrowing the buffer they describe.
const maxRecordsPerGroup = 4096

// A framer cuts the bytes of one connection into records. It is pure: no goroutine, clock, I/O or lock.
//
// The caller keeps the bytes of the connection that are not consumed yet in one buffer and calls next with them. It
// goes on with in[cut.rest:] while cut.more is set, and afterwards puts later bytes of the connection behind
// in[cut.rest:]. Records are made in place: next and finish change the bytes that they consume, and no others.
type framer interface {
	// next takes complete records off the front of in, at most cap(sizes) of them, which is at least one.
	next(in []byte, sizes []uint32) cut
	// finish takes what is left in in, after next wanted no more, when the sender has closed in order. in has room for
	// one byte more. What is left and no record is unfinished: cut.rest is then less than len(in).
	finish(in []byte, sizes []uint32) cut
}

// newFramer returns the framer for one connection. The options have their defaults.
func newFramer(o *Options) framer {
	if o.Framing == OctetCounted {
		return &octetFramer{max: o.MaxRecordBytes, drop: o.Oversize == Drop}
	}
	return &lineFramer{max: o.MaxRecordBytes, drop: o.Oversize == Drop}
}

// cut is what a framer took off its input.
type cut struct {
	// sizes and data are as in record.Group. data lies in the input.
	sizes []uint32
	data  []byte
	// truncated says that the records, of which there is one, were cut at the limit.
	truncated bool
	// dropped counts the records above the limit that were dropped.
	dropped int
	// rest is how many bytes of the input were consumed.
	rest int
	// more says that the rest may hold further records.
	more bool
	// err says that the rest is not in the framing. The records before it are good.
	err error
}

// only returns the cut of one record, of size bytes at the start of in, for which it sets the terminator.
func only(in []byte, sizes []uint32, size int) cut {
	in[size] = '\n'
	return cut{sizes: append(sizes, uint32(size)), data: in[: size+1 : size+1]}
}
