package jsonscan

import (
	"bytes"
	"math"
	"strings"
	"testing"
)

// hostile are records that scanners have been seen to get wrong. Each is also tried cut off at each byte.
var hostile = []string{
	`{}`, `{ }`, ` {"a":1} `, "\t\r\n{\n\"a\"\t:\r1\n}\n",
	`{"a":1,"a":2}`, `{"a":{"b":1},"a":{"c":2}}`, `{"a":{"b":1},"a":3}`, `{"a":1,"a":{"b":{"c":4}}}`,
	`{"a":{"b":1,"b":{"c":1}},"b":{"b":"x"}}`, `{"\u0061":1,"a":2}`, `{"a":1,"\u0061":{"\u0062":"\u0063"}}`,
	`{"":0,"":{"":1}}`, `{"a\u0000":1,"a\u0000\u0000":2,"a":3}`, `{"longer than a word":1,"longer than a work":2}`,
	`{"12345678":1,"1234567":2,"123456789":3}`,
	`{"a":"\ud83d\ude00"}`, `{"a":"\ud83d"}`, `{"a":"\ude00\ud83d"}`, `{"a":"\ud83d\u0041"}`, `{"a":"\ud83d\ud83d\ude00"}`,
	`{"\ud800":1,"` + "\uFFFD" + `":2}`, `{"a":"\b\f\n\r\t\"\\\/"}`, `{"a":"\x41"}`, `{"a":"\u12g4"}`, `{"a":"\U0041"}`,
	"{\"a\":\"tab\there\"}", "{\"a\":\"\x00\"}", "{\"a\":\"\x7f\"}", "{\"a\x1f\":1}",
	"{\"a\":\"ü\"}", "{\"ü\":\"\xff\"}", "{\"a\":\"\xc0\xaf\"}", "{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"\xf4\x90\x80\x80\"}",
	"{\"a\":\"\xe0\x9f\xbf\"}", "{\"a\":\"\xf0\x8f\xbf\xbf\"}", "{\"a\":\"\xe2\x82\"}", "{\"a\":\"\u2028\U0010FFFF\"}",
	"\xef\xbb\xbf{}", "{}\x00", "{}{}", `{},`, `{"a":1}x`, `[{"a":1}]`, `null`, `"a"`, ``, ` `, `{`, `}`,
	`{"a":1,}`, `{,}`, `{"a" 1}`, `{"a":}`, `{a:1}`, `{'a':1}`, `{"a":1 "b":2}`, `{"a":1,,"b":2}`, `{"a"::1}`,
	`{"a":[1,2,{"a":3}],"b":[[],[[]],{}]}`, `{"a":[1,]}`, `{"a":[,1]}`, `{"a":[1 2]}`, `{"a":[}`, `{"a":[]]}`, `{"a":{]}`,
	`{"a":007}`, `{"a":-}`, `{"a":-0}`, `{"a":+1}`, `{"a":.5}`, `{"a":1.}`, `{"a":1.0.1}`, `{"a":1e}`, `{"a":1e+}`,
	`{"a":1E-400}`, `{"a":1e99999999999}`, `{"a":0x1F}`, `{"a":1_000}`, `{"a":NaN}`, `{"a":Infinity}`, `{"a":-Infinity}`,
	`{"a":123456789012345678901234567890.123456789012345678901234567890e-123}`,
	`{"a":true,"b":false,"c":null}`, `{"a":tru}`, `{"a":True}`, `{"a":nul}`, `{"a":falsey}`, `{"a":truefalse}`,
	`{"a":1/*x*/}`, "{\"a\":1//\n}", "{\"a\":\u00a01}", "{\"a\":1\v}", `{"a":"` + strings.Repeat("x", 40) + `\"` + strings.Repeat("y", 17) + `"}`,
	`{"a":` + strings.Repeat("[", MaxDepth-1) + strings.Repeat("]", MaxDepth-1) + `}`,
	`{"a":` + strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth) + `}`,
	strings.Repeat(`{"a":`, MaxDepth) + `1` + strings.Repeat(`}`, MaxDepth),
	strings.Repeat(`{"a":`, MaxDepth+1) + `1` + strings.Repeat(`}`, MaxDepth+1),
	strings.Repeat(`{"a":[`, 120), strings.Repeat(`[`, 100000),
}

// sought are the paths that the tests look for; some are beginnings of others, one stands twice, one is empty.
var sought = [][]string{
	{"a"},
	{"a", "b"},
	{"a", "b", "c"},
	{},
	{"b"},
	{"b", "b"},
	{"a", "b"},
	{""},
	{"", ""},
	{"ü"},
	{"\uFFFD"},
	{"a\x00"},
	{"longer than a word"},
	{"12345678"},
	{"123456789"},
	{"a", "a", "a", "a", "a"},
	{"c"},
	{"x", "y", "z"},
}

func TestScanAgreesWithEncodingJSON(t *testing.T) {
	plan := NewPlan(sought)
	for _, rec := range hostile {
		step := 1 + len(rec)/200 // the long ones are cut off at some bytes only
		for n := 0; n < len(rec); n += step {
			checkScan(t, plan, []byte(rec[:n]))
		}
		checkScan(t, plan, []byte(rec))
	}
}

func FuzzScan(f *testing.F) {
	for _, rec := range hostile {
		f.Add([]byte(rec))
	}
	plan := NewPlan(sought)
	f.Fuzz(func(t *testing.T, rec []byte) { checkScan(t, plan, rec) })
}

// checkScan compares Valid, Scan, Occurrences and the walks on one record with encoding/json.
func checkScan(t *testing.T, plan *Plan, rec []byte) {
	t.Helper()
	want, ok := decode(rec)
	if got := Valid(rec); got != ok {
		t.Fatalf("Valid(%q) = %v, want %v", rec, got, ok)
	}
	_, isObject := want.(map[string]any)
	// What lies beyond the slice must not matter, nor what the last scan found.
	rec = append(bytes.Clone(rec), `"}`...)[:len(rec)]
	found := make([]Value, plan.Len())
	for i := range found {
		found[i] = Value{Kind: True, Start: math.MaxInt32}
	}
	if got := plan.Scan(rec, found); got != isObject {
		t.Fatalf("Scan(%q) = %v, want %v", rec, got, isObject)
	}
	for i, path := range sought {
		v, has := at(want, path)
		if !isObject {
			has = false
		}
		if !sameValue(rec, found[i], v, has) {
			t.Errorf("Scan(%q) finds %+v at %q, want %v (there: %v)", rec, found[i], path, v, has)
		}
	}
	if !isObject {
		checkNoPanic(plan, rec)
		return
	}
	counts := make([]int, len(sought))
	plan.Occurrences(rec, func(path int, v Value) bool {
		counts[path]++
		if !Valid(v.Bytes(rec)) {
			t.Errorf("Occurrences(%q) yields %q", rec, v.Bytes(rec))
		}
		return true
	})
	for i, path := range sought {
		n := occurrences(rec, path)
		if len(path) == 0 {
			n = 1
		}
		if counts[i] != n {
			t.Errorf("Occurrences(%q) yields %d values at %q, want %d", rec, counts[i], path, n)
		}
		if len(path) == 1 && found[i].Repeated != (n > 1) {
			t.Errorf("Scan(%q) finds %+v at %q, of which there are %d", rec, found[i], path, n)
		}
	}
	checkWalk(t, rec, found[3], want)
}

// checkWalk rebuilds the record's value with Members and Elements, and compares the scalars with those of Scalars.
func checkWalk(t *testing.T, rec []byte, whole Value, want any) {
	t.Helper()
	var scalars, direct []Value
	if got := rebuild(rec, whole, &scalars); !equalDecoded(got, want) {
		t.Errorf("Members and Elements of %q give %v, want %v", rec, got, want)
	}
	Scalars(rec, whole, func(v Value) bool {
		direct = append(direct, v)
		return true
	})
	if len(direct) != len(scalars) {
		t.Fatalf("Scalars(%q) yields %d values, want %d", rec, len(direct), len(scalars))
	}
	for i := range direct {
		if direct[i] != scalars[i] {
			t.Errorf("Scalars(%q) yields %+v, want %+v", rec, direct[i], scalars[i])
		}
	}
}

// checkNoPanic walks over a record that is not valid, which no caller should do. The walks end.
func checkNoPanic(plan *Plan, rec []byte) {
	object, array := Value{Kind: Object, End: int32(len(rec))}, Value{Kind: Array, End: int32(len(rec))}
	Members(rec, object, func(_, _ Value) bool { return true })
	Elements(rec, array, func(Value) bool { return true })
	Scalars(rec, object, func(Value) bool { return true })
	plan.Occurrences(rec, func(int, Value) bool { return true })
	var s Splicer
	if s.Set([]string{"a", "b"}, []byte(`1`)) == nil && s.Unset([]string{"b"}) == nil {
		// An error or not: the record's validity is the caller's promise.
		_, _, _ = s.Append(nil, rec)
	}
}
