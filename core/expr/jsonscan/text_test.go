package jsonscan

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestQuotedTextKeepsWhatNeedsNoEscape(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", `""`},
		{"plain text of some length", `"plain text of some length"`},
		{"<a href='x'>&</a>", `"<a href='x'>&</a>"`},
		{"\u2028\u2029\x7f", "\"\u2028\u2029\x7f\""},
		{"say \"hi\" to C:\\", `"say \"hi\" to C:\\"`},
		{"\b\f\n\r\t\x00\x1b\x1f", `"\b\f\n\r\t\u0000\u001b\u001f"`},
		{"größer 木 😀", `"größer 木 😀"`},
		{"\xff", "\"\uFFFD\""},
		{"12345678\xe6\x9c", "\"12345678\uFFFD\uFFFD\""},
		{"a\xed\xa0\x80b", "\"a\uFFFD\uFFFD\uFFFDb\""},
		{"\xc3\"", "\"\uFFFD\\\"\""},
		{"\uFFFD", "\"\uFFFD\""},
		{strings.Repeat("x", 15) + "\n" + strings.Repeat("y", 9), `"xxxxxxxxxxxxxxx\nyyyyyyyyy"`},
	} {
		if got := string(AppendQuoted([]byte("="), []byte(c.text))); got != "="+c.want {
			t.Errorf("AppendQuoted(%q) = %s, want =%s", c.text, got, c.want)
		}
		if got := string(AppendQuotedString([]byte("="), c.text)); got != "="+c.want {
			t.Errorf("AppendQuotedString(%q) = %s, want =%s", c.text, got, c.want)
		}
	}
}

// FuzzQuote checks that quoted text is valid, decodes to what it was, and is the same from both functions.
func FuzzQuote(f *testing.F) {
	for _, text := range append([]string{"\xf0\x9f\x98\x80", "\xf4\x90\x80\x80", "a\x80b\xc0\xafc\"\\\x1f", "\xe2\x82"}, hostile...) {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		quoted := AppendQuoted(nil, text)
		if other := AppendQuotedString(nil, string(text)); string(other) != string(quoted) {
			t.Fatalf("AppendQuotedString(%q) = %s, AppendQuoted gives %s", text, other, quoted)
		}
		var decoded string
		if err := json.Unmarshal(quoted, &decoded); err != nil || !Valid(quoted) {
			t.Fatalf("AppendQuoted(%q) = %s: %v", text, quoted, err)
		}
		if want := string([]rune(string(text))); decoded != want {
			t.Fatalf("AppendQuoted(%q) = %s, which is %q", text, quoted, decoded)
		}
	})
}

func TestTextOfEscapedStrings(t *testing.T) {
	for _, c := range []struct{ raw, want string }{
		{`"\u0041\u00e9\u6728\ud83d\ude00"`, "Aé木😀"},
		{`"\uD83D\uDE00"`, "😀"},
		{`"\ud83d"`, "\uFFFD"},
		{`"\ud83dx"`, "\uFFFDx"},
		{`"\ud83d\n"`, "\uFFFD\n"},
		{`"\ude00\ud83d"`, "\uFFFD\uFFFD"},
		{`"\ud83d\ud83d\ude00"`, "\uFFFD😀"},
		{`"\ud83d\u0041"`, "\uFFFDA"},
		{`"\"\\\/\b\f\n\r\t"`, "\"\\/\b\f\n\r\t"},
		{`"\u0000"`, "\x00"},
	} {
		rec := []byte(`{"k":` + c.raw + `}`)
		var found [1]Value
		if !NewPlan([][]string{{"k"}}).Scan(rec, found[:]) || !found[0].Escaped {
			t.Errorf("Scan(%s) finds %+v", rec, found[0])
			continue
		}
		if got := string(AppendText([]byte("="), rec, found[0])); got != "="+c.want {
			t.Errorf("AppendText(%s) = %q, want =%q", c.raw, got, c.want)
		}
		if !KeyEquals(rec, found[0], c.want) {
			t.Errorf("KeyEquals(%s, %q) = false", c.raw, c.want)
		}
		for _, other := range []string{"", c.want + "x", c.want[:len(c.want)-1], "x" + c.want, c.want[1:]} {
			if KeyEquals(rec, found[0], other) {
				t.Errorf("KeyEquals(%s, %q) = true", c.raw, other)
			}
		}
	}
}

func TestTextOfOtherKindsIsAsWritten(t *testing.T) {
	rec := []byte(`{"n":1.50e3,"t":true,"a":[1, 2],"s":"ö"}`)
	plan := NewPlan([][]string{{"n"}, {"t"}, {"a"}, {"s"}, {"none"}})
	found := make([]Value, plan.Len())
	plan.Scan(rec, found)
	for i, want := range []string{"1.50e3", "true", "[1, 2]", "ö", ""} {
		if got := string(AppendText(nil, rec, found[i])); got != want {
			t.Errorf("AppendText of %s = %q, want %q", found[i].Kind, got, want)
		}
	}
	if !found[3].NonASCII || found[3].Escaped || found[0].NonASCII {
		t.Errorf("flags of %+v and %+v", found[3], found[0])
	}
}
