package pluginhost

import (
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// The helpers of the encoder. Those for scalars and strings leave the zero value out, as proto3 does.

func sizeEntry(k, v string) int { return sizeBytes(1, len(k)) + sizeBytes(2, len(v)) }

func sizeBytes(f protowire.Number, n int) int { return protowire.SizeTag(f) + protowire.SizeBytes(n) }

func sizeUint(f protowire.Number, v uint64) int {
	if v == 0 {
		return 0
	}
	return protowire.SizeTag(f) + protowire.SizeVarint(v)
}

func sizeString(f protowire.Number, s string) int {
	if s == "" {
		return 0
	}
	return sizeBytes(f, len(valid(s)))
}

func appendUint(p []byte, f protowire.Number, v uint64) []byte {
	if v == 0 {
		return p
	}
	return protowire.AppendVarint(protowire.AppendTag(p, f, protowire.VarintType), v)
}

func appendString(p []byte, f protowire.Number, s string) []byte {
	if s == "" {
		return p
	}
	s = valid(s)
	return append(appendLength(p, f, len(s)), s...)
}

func appendLength(p []byte, f protowire.Number, n int) []byte {
	return protowire.AppendVarint(protowire.AppendTag(p, f, protowire.BytesType), uint64(n))
}

// valid returns s as protobuf demands strings: valid UTF-8.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
