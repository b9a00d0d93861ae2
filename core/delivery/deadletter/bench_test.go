package deadletter

import (
	"fmt"
	"strings"
	"testing"

	"github.com/skidway/skidway/core/delivery"
)

func benchLetters(n, size int) []delivery.DeadLetter {
	var letters []delivery.DeadLetter
	for i := range n {
		letters = append(letters, letterAt(uint64(i), fmt.Sprintf("%0*d", size, i)))
	}
	return letters
}

// BenchmarkPut is one call with 100 letters of 256 bytes, on the disk of the temporary directory.
func BenchmarkPut(b *testing.B) {
	s, err := Open(b.TempDir(), address, Options{WhenFull: DropOldest, MaxBytes: 256 << 20})
	if err != nil {
		b.Fatal(err)
	}
	defer closeStore(b, s)
	letters := benchLetters(100, 256)
	b.ReportAllocs()
	b.SetBytes(100 * 256)
	for b.Loop() {
		if err := s.Put(b.Context(), letters); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEncode is Put without the disk.
func BenchmarkEncode(b *testing.B) {
	letters := benchLetters(100, 256)
	var buf []byte
	b.ReportAllocs()
	b.SetBytes(100 * 256)
	for b.Loop() {
		buf = buf[:0]
		for i := range letters {
			var err error
			if buf, err = appendLine(buf, uint64(i), &letters[i]); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkList sums up a store of 100 000 letters of 256 bytes.
func BenchmarkList(b *testing.B) {
	s, err := Open(b.TempDir(), address, Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer closeStore(b, s)
	letters := benchLetters(100_000, 256)
	if err := s.Put(b.Context(), letters); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(s.Bytes())
	for b.Loop() {
		sum, err := s.Reader().List(b.Context(), Filter{Contains: strings.Repeat("0", 10)})
		if err != nil || sum.Count != 100_000 {
			b.Fatal(sum.Count, err)
		}
	}
}
