package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/sys/unix"
)

// codec is one way of compression.
type codec struct {
	ending  string
	encoder func(io.Writer) (io.WriteCloser, error)
	decoder func(io.Reader) (io.ReadCloser, error)
}

// codecs returns them by the name that a user gives them. Memory is bounded to a few MiB each: compression runs beside
// the writing of records and is in no hurry.
func codecs() map[string]codec {
	return map[string]codec{
		"gzip": {
			".gz",
			func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil },
			func(r io.Reader) (io.ReadCloser, error) { return gzip.NewReader(r) },
		},
		"zstd": {
			".zst",
			func(w io.Writer) (io.WriteCloser, error) {
				return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(1<<20))
			},
			func(r io.Reader) (io.ReadCloser, error) {
				d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(64<<20))
				if err != nil {
					return nil, err
				}
				return d.IOReadCloser(), nil
			},
		},
	}
}

// compress writes from's bytes, compressed, to the file to, which is there completely and durably or not at all.
func (c codec) compress(ctx context.Context, d disk, from, to string) (err error) {
	in, err := d.open(from, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := d.open(to+partial, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		out.Close()
		if err != nil {
			_ = d.remove(to + partial) // the next run does it, should it fail
		}
	}()
	enc, err := c.encoder(writer{d, out})
	if err != nil {
		return err
	}
	if _, err = io.Copy(enc, reader{ctx, in}); err != nil {
		_ = enc.Close() // only ends its goroutines: the file is removed
		return fmt.Errorf("compress: %w", err)
	}
	if err = enc.Close(); err != nil {
		return fmt.Errorf("compress: %w", err)
	}
	if err = out.Chmod(info.Mode().Perm()); err != nil {
		return err
	}
	if err = d.sync(out); err != nil {
		return err
	}
	// Tools that age files by their time find the time of the records, not that of the compression.
	if err = d.chtimes(to+partial, info.ModTime()); err != nil {
		return err
	}
	return d.rename(to+partial, to)
}

// holds reports whether the compressed file is whole and holds as many bytes as the plain one.
func (c codec) holds(ctx context.Context, d disk, compressed, plain string) bool {
	info, err := d.lstat(plain)
	if err != nil {
		return false
	}
	in, err := d.open(compressed, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer in.Close()
	decoded, err := c.decoder(reader{ctx, in})
	if err != nil {
		return false
	}
	defer decoded.Close()
	n, err := io.Copy(io.Discard, io.LimitReader(decoded, info.Size()+1))
	return err == nil && n == info.Size()
}

// reader is a file that can no longer be read once ctx is done.
type reader struct {
	ctx  context.Context //nolint:containedctx // it lives as long as one copy
	file *os.File
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.file.Read(p)
}

// writer writes to a file by way of the disk.
type writer struct {
	disk disk
	file *os.File
}

func (w writer) Write(p []byte) (int, error) {
	total := 0
	for total < len(p) {
		n, err := w.disk.write(w.file, [][]byte{p[total:]})
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return total, err
		case n == 0:
			return total, io.ErrShortWrite
		}
		total += n
	}
	return total, nil
}
