package http

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// jsonLine is a line as services write them, 256 bytes.
func jsonLine() []byte {
	head := `{"seq":123456,"ts":"2031-07-23T07:08:09.123456Z","level":"info","service":"payments","status":200,"duration_ms":12.5,"msg":"`
	return []byte(head + strings.Repeat("x", 256-len(head)-2) + `"}`)
}

func TestScanJSON(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	tests := map[string]struct {
		in   string
		ok   bool
		form jsonForm
	}{
		"object":                         {in: string(jsonLine()), ok: true},
		"empty object":                   {in: `{}`, ok: true},
		"empty array":                    {in: `[]`, ok: true},
		"nested containers":              {in: `{"a":[1,{"b":[[],{}]}],"c":{}}`, ok: true},
		"string":                         {in: `"text"`, ok: true},
		"number":                         {in: `-0.5e+10`, ok: true},
		"literals":                       {in: `[true,false,null]`, ok: true},
		"every escape":                   {in: `"\"\\\/\b\f\n\r\t\u00e9\uFFFF"`, ok: true},
		"white space everywhere":         {in: " {\t\"a\" : [ 1 , 2 ] , \"b\":{ } }\r\n", ok: true, form: jsonForm{spaced: true}},
		"line feed between tokens":       {in: "{\n\"a\":1}", ok: true, form: jsonForm{spaced: true}},
		"UTF-8":                          {in: `{"a":"é"}`, ok: true, form: jsonForm{wide: true}},
		"invalid UTF-8 in a string":      {in: "{\"a\":\"\xff\"}", ok: true, form: jsonForm{wide: true}},
		"wide byte in a long string":     {in: `["01234567012345é7"]`, ok: true, form: jsonForm{wide: true}},
		"depth at the limit":             {in: nested(maxDepth), ok: true},
		"empty":                          {in: ``},
		"only white space":               {in: ` `, form: jsonForm{spaced: true}},
		"text":                           {in: `plain text`},
		"depth over the limit":           {in: nested(maxDepth + 1)},
		"two values":                     {in: `{"a":1}{"b":2}`},
		"two values that look like one":  {in: `{"a":1} {"b":2}`},
		"single quotes":                  {in: `{'a':1}`},
		"trailing comma in object":       {in: `{"a":1,}`},
		"trailing comma in array":        {in: `[1,]`},
		"leading comma":                  {in: `[,1]`},
		"missing colon":                  {in: `{"a" 1}`},
		"missing value":                  {in: `{"a":}`},
		"name that is no string":         {in: `{1:2}`},
		"object closed as array":         {in: `{"a":1]`},
		"array closed as object":         {in: `[1}`},
		"array with a member":            {in: `["a":1]`},
		"unclosed object":                {in: `{"a":1`},
		"unclosed array":                 {in: `[[1]`},
		"unclosed string":                {in: `"01234567`},
		"unclosed short string":          {in: `"a`},
		"ends in a backslash":            {in: `"a\`},
		"control character in string":    {in: "\"abcdefgh\x01\""},
		"line feed in string":            {in: "\"a\nb\""},
		"NUL between tokens":             {in: "[\x001]"},
		"unknown escape":                 {in: `"\x41"`},
		"short unicode escape":           {in: `"\u12"`},
		"unicode escape of no hex digit": {in: `"\u12g4"`},
		"leading zero":                   {in: `01`},
		"plus sign":                      {in: `+1`},
		"lone minus":                     {in: `-`},
		"no digit after the point":       {in: `1.`},
		"no digit before the point":      {in: `.5`},
		"no digit in the exponent":       {in: `1e+`},
		"hexadecimal number":             {in: `0x1f`},
		"misspelt literal":               {in: `tru`},
		"literal in capitals":            {in: `NULL`},
		"not a number":                   {in: `NaN`},
		"closing bracket first":          {in: `]`},
		"byte order mark":                {in: "\xef\xbb\xbf{}"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			form, ok := scanJSON([]byte(test.in))
			if ok != test.ok {
				t.Fatalf("scanJSON(%q) = %v, want %v", test.in, ok, test.ok)
			}
			if ok && form != test.form {
				t.Errorf("form of %q = %+v, want %+v", test.in, form, test.form)
			}
			if valid := json.Valid([]byte(test.in)); valid != ok && name != "depth over the limit" {
				t.Errorf("encoding/json says %v of %q", valid, test.in)
			}
		})
	}
}

func FuzzScanJSON(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-2.5e3,true,null,"\u00e9"]}`, `[[],{}]`, `"`, `{"a":1}{"b":2}`, "{\"a\":\"\xff\"}", " 1 ", "01", string(jsonLine()),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		form, ok := scanJSON(b)
		if valid := json.Valid(b); valid != ok && bytes.Count(b, []byte("["))+bytes.Count(b, []byte("{")) <= maxDepth {
			t.Fatalf("scanJSON(%q) = %v, encoding/json says %v", b, ok, valid)
		}
		if !ok {
			return
		}
		if !form.wide && !utf8.Valid(b) {
			t.Errorf("%q is invalid UTF-8 and not wide", b)
		}
		if !form.spaced && bytes.ContainsAny(b, "\r\n") {
			t.Errorf("%q has line breaks and is not spaced", b)
		}
	})
}

func BenchmarkScanJSON(b *testing.B) {
	flat := []byte(`{"a":1,"b":"x","c":true,"d":null,"e":[1,2,3],"f":{"g":"h"},"i":1.5,"j":"kkkk","l":12345,"m":"nnnnnnn","o":0,"p":"q","r":"s","t":"u","v":"w","x":{"y":"z"},"aa":1,"bb":2,"cc":3,"dd":4,"ee":5,"ff":6,"gg":7,"hh":8,"ii":9,"jj":10,"kk":11,"ll":12,"mm":13}`)
	escaped := bytes.ReplaceAll(jsonLine(), []byte("xxxxxxxxxx"), []byte(`xxxx\"xxxx`))
	wide := bytes.ReplaceAll(jsonLine(), []byte("xxxxxxxxxx"), []byte(`xxxxéxxxx`))
	for _, bench := range []struct {
		name string
		line []byte
	}{{"service", jsonLine()}, {"short members", flat}, {"escapes", escaped}, {"wide", wide}} {
		b.Run(bench.name, func(b *testing.B) {
			b.SetBytes(int64(len(bench.line)))
			for b.Loop() {
				if form, ok := scanJSON(bench.line); !ok || form.wide && !utf8.Valid(bench.line) {
					b.Fatal("invalid")
				}
			}
		})
	}
	b.Run("encoding/json", func(b *testing.B) {
		line := jsonLine()
		b.SetBytes(int64(len(line)))
		for b.Loop() {
			json.Valid(line)
		}
	})
}
