package http

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const (
	// maxRatio is how many times as large a body may become by decompression, once it is above freeRatio. What
	// services log stays far below it.
	maxRatio = 200
	// freeRatio is how large a body may become whatever its ratio, in bytes.
	freeRatio = 1 << 20
	// maxWindow is the largest window of zstd, in bytes: the one that RFC 8878 recommends to support.
	maxWindow = 8 << 20
	// maxDecoding is how many bodies are decompressed at once, which bounds the memory for windows.
	maxDecoding = 2
)

var (
	// errRatio is a body that is small only as long as nobody decompresses it.
	errRatio = fmt.Errorf("the body decompresses to more than %d times its size", maxRatio)
	// errBusy is a body whose turn did not come in time.
	errBusy = errors.New("too many bodies wait to be decompressed")
	// errWindow is a zstd frame that takes more memory than most.
	errWindow = errors.New("the zstd window of the body is larger than 8MiB")
)

// damagedError is a body that is not what its Content-Encoding says.
type damagedError struct {
	encoding string
	cause    error
}

func (e *damagedError) Error() string { return "decompress " + e.encoding + ": " + e.cause.Error() }
func (e *damagedError) Unwrap() error { return e.cause }

// decoder decompresses bodies that are there in whole, so that a slow sender holds no window. It is safe for concurrent
// use, and waits while maxDecoding others are at it.
type decoder struct {
	limit int // bytes of a body
	busy  chan struct{}
	gzips sync.Pool
	zstds sync.Pool
}

func newDecoder(limit int) *decoder {
	return &decoder{limit: limit, busy: make(chan struct{}, maxDecoding)}
}

// decode replaces the compressed content of b. The errors are errBusy, when ctx is done before its turn comes,
// errNoMemory, errTooLarge, errRatio, errWindow, or a damagedError.
func (d *decoder) decode(ctx context.Context, encoding string, b *buffer) error {
	select {
	case d.busy <- struct{}{}:
	case <-ctx.Done():
		return errBusy
	}
	defer func() { <-d.busy }()

	most, tooLarge := d.limit, errTooLarge
	if bound := max(freeRatio, maxRatio*len(b.data)); bound < most {
		most, tooLarge = bound, errRatio
	}
	out := buffer{memory: b.memory}
	var err error
	if encoding == compressGzip {
		err = d.gunzip(b.data, &out, most)
	} else {
		err = d.unzstd(b.data, &out, most)
	}
	switch {
	case err == nil:
		b.free()
		*b = out
		return nil
	case errors.Is(err, errTooLarge):
		err = tooLarge
	case errors.Is(err, errNoMemory):
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		err = errWindow // The only size that decoders are given is that of the window.
	default:
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF // not even a header
		}
		err = &damagedError{encoding, err}
	}
	out.free()
	return err
}

func (d *decoder) gunzip(in []byte, out *buffer, most int) error {
	r, ok := d.gzips.Get().(*gzip.Reader)
	if !ok {
		r = new(gzip.Reader)
	}
	defer d.gzips.Put(r)
	if err := r.Reset(bytes.NewReader(in)); err != nil {
		return fmt.Errorf("read header: %w", err)
	}
	return out.fill(r, -1, most)
}

func (d *decoder) unzstd(in []byte, out *buffer, most int) error {
	expect, err := examineFrames(in)
	switch {
	case err != nil:
		return err
	case expect > int64(most):
		return errTooLarge
	}
	r, ok := d.zstds.Get().(*zstd.Decoder)
	if !ok {
		// With a concurrency of 1 a decoder has no goroutine, and may be left to the garbage collector.
		r, err = zstd.NewReader(nil, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxMemory(1<<40), zstd.WithDecoderConcurrency(1), zstd.WithDecodeBuffersBelow(0))
		if err != nil {
			return fmt.Errorf("make decoder: %w", err)
		}
	}
	if err := r.Reset(bytes.NewReader(in)); err != nil {
		return fmt.Errorf("read header: %w", err)
	}
	err = out.fill(r, expect, most)
	if r.Reset(nil) == nil && err == nil {
		d.zstds.Put(r)
	}
	return err
}

// examineFrames walks over the frames of a zstd body (RFC 8878, section 3.1) and returns the size that they say they
// have when decompressed, at least 0, or -1 when one does not say. Frames that are to be skipped, of which the decoder
// would print each to standard error, are an error.
func examineFrames(in []byte) (size int64, err error) {
	for len(in) > 0 {
		var h zstd.Header
		if err := h.Decode(in); err != nil {
			return 0, fmt.Errorf("read frame: %w", err)
		}
		if h.Skippable {
			return 0, errors.New("it holds a frame to be skipped, which is not taken")
		}
		switch {
		case !h.HasFCS:
			size = -1
		case h.FrameContentSize > math.MaxInt32:
			return 0, errTooLarge
		case size >= 0:
			size += int64(h.FrameContentSize) // Each takes five bytes of a body at least, so this stays far from the end.
		}
		in = in[h.HeaderSize:]
		for last := false; !last; {
			if len(in) < 3 {
				return 0, io.ErrUnexpectedEOF
			}
			block := int(in[0]) | int(in[1])<<8 | int(in[2])<<16
			last = block&1 == 1
			length := block >> 3
			if block>>1&3 == 1 { // One byte, repeated.
				length = 1
			}
			if len(in)-3 < length {
				return 0, io.ErrUnexpectedEOF
			}
			in = in[3+length:]
		}
		if h.HasCheckSum {
			if len(in) < 4 {
				return 0, io.ErrUnexpectedEOF
			}
			in = in[4:]
		}
	}
	return size, nil
}
