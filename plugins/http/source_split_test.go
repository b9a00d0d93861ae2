package http

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/skidway/skidway/plugins/sdk"
)

// splitted returns the records of a body, and fails the test when split did not keep its promises.
func splitted(t *testing.T, format string, body []byte, limit int) ([]string, *flaw) {
	t.Helper()
	data, f := split(format, append(make([]byte, 0, len(body)+1), body...), limit)
	if f != nil {
		if f.record < 1 || f.offset < 0 || f.offset > len(body) || f.tooLarge == (f.reason != "") {
			t.Errorf("flaw %+v of a body of %d bytes", f, len(body))
		}
		return nil, f
	}
	if len(data) == 0 {
		return nil, nil
	}
	if data[len(data)-1] != '\n' {
		t.Fatalf("%q does not end in a line feed", data)
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n"), nil
}

// fuzzLimit is the record limit of the fuzz tests, low enough to be reached.
const fuzzLimit = 40

func FuzzSplitNDJSON(f *testing.F) {
	for _, seed := range []string{"", "\n", "{}\n1", "{\"a\":1}\r\n\r\n \t\n[1]\n", "{\n}", "1 2\n", "\"" + strings.Repeat("x", 50) + "\"\n", "\r", "1\r\r\n", "\xff\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var want []string
		good := true
		for line := range bytes.SplitSeq(body, []byte("\n")) {
			line = bytes.TrimSuffix(line, []byte("\r"))
			if len(bytes.Trim(line, " \t\r")) == 0 {
				continue
			}
			if len(line) > fuzzLimit || !json.Valid(line) {
				good = false
				break
			}
			want = append(want, string(line))
		}
		got, flaw := splitted(t, formatNDJSON, body, fuzzLimit)
		if good != (flaw == nil) || good && !slices.Equal(got, want) {
			t.Errorf("%q is split into %q, %+v, want %q, %v", body, got, flaw, want, good)
		}
	})
}

func FuzzSplitRaw(f *testing.F) {
	for _, seed := range []string{"", "\n", "a\r\nb", "\r\r\n\n", " \n", "a\nb\n", strings.Repeat("x", 50)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var want []string
		good := true
		for line := range bytes.SplitSeq(body, []byte("\n")) {
			line = bytes.TrimSuffix(line, []byte("\r"))
			if len(line) > 0 {
				good = good && len(line) <= fuzzLimit
				want = append(want, string(line))
			}
		}
		// A CR that the body ends in is taken for the begin of a CRLF that was cut.
		got, flaw := splitted(t, formatRaw, body, fuzzLimit)
		if good != (flaw == nil) || good && !slices.Equal(got, want) {
			t.Errorf("%q is split into %q, %+v, want %q, %v", body, got, flaw, want, good)
		}
	})
}

func FuzzSplitArray(f *testing.F) {
	for _, seed := range []string{
		"", " ", "[", "[]", " [ ] ", "[1]", "[1,2]", "[1,]", "[,1]", "[1 2]", "[1]]", "[]1", "{}", "[\n{\n\"a\":\r\n1},[\n]\n]\n",
		`["\n",null]`, "[" + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "]", `["` + strings.Repeat("x", 50) + `"]`, "[\"\n\"]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var want []json.RawMessage
		good := len(bytes.Trim(body, " \t\r\n")) == 0 || json.Unmarshal(body, &want) == nil && !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("n"))
		for _, element := range want {
			good = good && len(bytes.Trim(element, " \t\r\n")) <= fuzzLimit
		}
		got, flaw := splitted(t, formatArray, body, fuzzLimit)
		if good != (flaw == nil) || good && len(got) != len(want) {
			t.Fatalf("%q is split into %q, %+v, want %q, %v", body, got, flaw, want, good)
		}
		for i := range got {
			element := strings.NewReplacer("\n", " ", "\r", " ").Replace(strings.Trim(string(want[i]), " \t\r\n"))
			if got[i] != element {
				t.Errorf("%q: record %d is %q, want %q", body, i, got[i], element)
			}
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add(gzipped(f, []byte("some text\n")), true)
	f.Add(append(gzipped(f, []byte("one")), gzipped(f, []byte("two"))...), true)
	f.Add(zstded(f, []byte("some text\n"), true), false)
	f.Add(append(zstded(f, []byte("one"), false), zstded(f, bytes.Repeat([]byte("two"), 1000), false)...), false)
	const limit = 8 << 10
	d := newDecoder(limit)
	reference, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(1<<20))
	if err != nil {
		f.Fatal(err)
	}
	defer reference.Close()
	f.Fuzz(func(t *testing.T, in []byte, gzip bool) {
		m := &memory{limit: 4 * limit}
		b := buffer{memory: m}
		if err := b.fill(bytes.NewReader(in), int64(len(in)), limit); err != nil {
			return
		}
		encoding := compressZstd
		if gzip {
			encoding = compressGzip
		}
		err := d.decode(t.Context(), encoding, &b)
		if err == nil && (len(b.data) > limit || cap(b.data) == len(b.data)) {
			t.Errorf("decoded %d bytes with a capacity of %d, want %d at most and one to spare", len(b.data), cap(b.data), limit)
		}
		if want, bad := reference.DecodeAll(in, nil); !gzip && err == nil && (bad != nil || !bytes.Equal(b.data, want)) {
			t.Errorf("decoded to %q, want %q, %v", b.data, want, bad)
		}
		if b.free(); m.used.Load() != 0 {
			t.Errorf("%d bytes are still reserved", m.used.Load())
		}
	})
}

func TestGatherFillsBatches(t *testing.T) {
	var records sdk.Records
	record := strings.Repeat("x", 1<<20-1) + "\n"
	rest := gather(&records, []byte(strings.Repeat(record, 5)))
	if records.Len() != 3 || len(rest) != 2<<20 {
		t.Errorf("%d records with %d bytes left, want 3 with 2 MiB", records.Len(), len(rest))
	}
	records.Reset()
	if rest = gather(&records, []byte(strings.Repeat("x", 7<<19)+"\nx\n")); records.Len() != 1 || string(rest) != "x\n" {
		t.Errorf("%d records with %d bytes left, want the largest record alone", records.Len(), len(rest))
	}
}
