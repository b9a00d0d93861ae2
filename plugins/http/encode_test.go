package http

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestEncodeRecord(t *testing.T) {
	same := func(s string) string { return s }
	for name, test := range map[string]struct {
		record, want string
	}{
		"JSON object":                     {`{"a":1}`, same(`{"a":1}`)},
		"JSON object with spaces":         {` { "a" : 1 } `, same(` { "a" : 1 } `)},
		"JSON string":                     {`"text"`, same(`"text"`)},
		"JSON number":                     {`42`, same(`42`)},
		"UTF-8":                           {`{"a":"é😀"}`, same(`{"a":"é😀"}`)},
		"line feeds between tokens":       {"{\r\n\"a\":\n\"x\\n\"}", `{  "a": "x\n"}`},
		"invalid UTF-8 in JSON":           {"{\"a\":\"x\xffy\xc3\"}", "{\"a\":\"x\ufffdy\ufffd\"}"},
		"invalid UTF-8 and line feeds":    {"{\n\"\xff\":\"é\"}", "{ \"\ufffd\":\"é\"}"},
		"text":                            {`it's "5" \ 6`, `{"message":"it's \"5\" \\ 6"}`},
		"empty":                           {``, `{"message":""}`},
		"text with control characters":    {"a\tb\nc\rd\x00e\x1bf\x7f", `{"message":"a\tb\nc\rd\u0000e\u001bf` + "\x7f" + `"}`},
		"text with invalid UTF-8":         {"caf\xe9 \xff\xfe", "{\"message\":\"caf\ufffd \ufffd\ufffd\"}"},
		"text with UTF-8":                 {"café 😀", `{"message":"café 😀"}`},
		"a real replacement character":    {"a\ufffdb", "{\"message\":\"a\ufffdb\"}"},
		"two JSON values":                 {`{"a":1} {"b":2}`, `{"message":"{\"a\":1} {\"b\":2}"}`},
		"truncated JSON":                  {`{"a":"b`, `{"message":"{\"a\":\"b"}`},
		"JSON with a raw tab in a string": {"{\"a\":\"\t\"}", `{"message":"{\"a\":\"\t\"}"}`},
	} {
		t.Run(name, func(t *testing.T) {
			var buf []byte
			if got, want := string(encode(formatNDJSON, batchOf(t, test.record), &buf)), test.want+"\n"; got != want {
				t.Errorf("ndjson = %q, want %q", got, want)
			}
			if got, want := string(encode(formatArray, batchOf(t, test.record), &buf)), "["+test.want+"]"; got != want {
				t.Errorf("json_array = %q, want %q", got, want)
			}
			if got, want := string(encode(formatRaw, batchOf(t, test.record), &buf)), test.record+"\n"; got != want {
				t.Errorf("raw = %q, want %q", got, want)
			}
		})
	}
}

func TestEncodeBatch(t *testing.T) {
	b := batchOf(t, `{"a":1}`, `{"b":2}`, `text`, `{"c":3}`, "[\n]")
	var buf []byte
	for _, test := range []struct{ format, want string }{
		{formatNDJSON, "{\"a\":1}\n{\"b\":2}\n{\"message\":\"text\"}\n{\"c\":3}\n[ ]\n"},
		{formatArray, "[{\"a\":1},\n{\"b\":2},\n{\"message\":\"text\"},\n{\"c\":3},\n[ ]]"},
		{formatRaw, "{\"a\":1}\n{\"b\":2}\ntext\n{\"c\":3}\n[\n]\n"},
	} {
		if diff := cmp.Diff(test.want, string(encode(test.format, b, &buf))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.format, diff)
		}
	}
}

func TestEncodeCopiesNothingWhenTheDataWillDo(t *testing.T) {
	b := batchOf(t, lines(100)...)
	for _, format := range []string{formatNDJSON, formatRaw} {
		var buf []byte
		body := encode(format, b, &buf)
		if &body[0] != &b.Data()[0] || len(body) != len(b.Data()) || buf != nil {
			t.Errorf("%s: the body is a copy, want the batch's data", format)
		}
		if n := testing.AllocsPerRun(10, func() { encode(format, b, &buf) }); n != 0 {
			t.Errorf("%s: %v allocations, want none", format, n)
		}
	}
	buf := make([]byte, 0, 2*len(b.Data()))
	if n := testing.AllocsPerRun(10, func() { encode(formatArray, b, &buf) }); n != 0 {
		t.Errorf("%s: %v allocations with a large buffer, want none", formatArray, n)
	}
}

// FuzzEncode checks that the body is valid JSON in UTF-8, one line per record, that valid records keep their meaning
// and others their text.
func FuzzEncode(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"a":1}`, `text`}, {"{\n\"a\":\"\xff\"}", ""}, {"\x00\r\n", `{"a":1}{"b":2}`}, {`"\ud800"`, "\xef\xbb\xbf1"}, {" 1 ", "\xc3\xa9\xe2"},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]))
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if bytes.Count(a, []byte("["))+bytes.Count(a, []byte("{"))+bytes.Count(b, []byte("["))+bytes.Count(b, []byte("{")) > maxDepth {
			t.Skip("may be too deep")
		}
		batch := batchOf(t, string(a), string(b))
		var buf []byte
		body := string(encode(formatNDJSON, batch, &buf))
		got := strings.Split(body, "\n")
		if len(got) != 3 || got[2] != "" || strings.Contains(body, "\r") {
			t.Fatalf("body %q is not two lines", body)
		}
		var array []json.RawMessage
		if err := json.Unmarshal(encode(formatArray, batch, &buf), &array); err != nil || len(array) != 2 {
			t.Fatalf("json_array of %q and %q: %d values, %v", a, b, len(array), err)
		}
		for i, record := range [][]byte{a, b} {
			if !json.Valid([]byte(got[i])) || !utf8.ValidString(got[i]) {
				t.Fatalf("line %q is not JSON in UTF-8", got[i])
			}
			var value, want any
			if err := json.Unmarshal([]byte(got[i]), &value); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(record, &want); err != nil {
				want = map[string]any{"message": string([]rune(string(record)))}
			}
			if diff := cmp.Diff(want, value); diff != "" {
				t.Errorf("record %q became %q (-want +got):\n%s", record, got[i], diff)
			}
		}
	})
}
