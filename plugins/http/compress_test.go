package http

import (
	"bytes"
	"compress/gzip"
	"io"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// decompress undoes a Content-Encoding, with the standard library's gzip.
func decompress(t testing.TB, encoding string, b []byte) []byte {
	t.Helper()
	var r io.Reader = bytes.NewReader(b)
	switch encoding {
	case "gzip":
		z, err := gzip.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		r = z
	case "zstd":
		z, err := zstd.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		r = z
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCompressIsUndoneByDecompress(t *testing.T) {
	for _, name := range []string{compressGzip, compressZstd} {
		t.Run(name, func(t *testing.T) {
			z, err := newCompressor(name, 4)
			if err != nil {
				t.Fatal(err)
			}
			if z.encoding() != name {
				t.Errorf("encoding = %q, want %q", z.encoding(), name)
			}
			var group sync.WaitGroup
			for i := range 8 {
				group.Go(func() {
					var dst []byte
					for n := range 5 {
						src := bytes.Repeat([]byte{byte('a' + i), byte(n)}, 1<<(4*n))
						var err error
						if dst, err = z.compress(dst[:0], src); err != nil {
							t.Error(err)
							return
						}
						if got := decompress(t, name, dst); !bytes.Equal(got, src) {
							t.Errorf("%d bytes came back as %d others", len(src), len(got))
						}
					}
				})
			}
			group.Wait()
		})
	}
	if z, err := newCompressor(compressNone, 4); z != nil || err != nil {
		t.Errorf("none = %v, %v, want no compressor", z, err)
	}
}
