package pipeline

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/skidway/skidway/core/expr/jsonscan"
)

func parseWith(t *testing.T, p Parse, line string) string {
	t.Helper()
	return one(t, newUnit(t).pipeline(Options{
		Transforms: []Transform{{Kind: KindParse, OnError: DeadLetter, Parse: &p}},
	}), line)
}

func TestParseFormats(t *testing.T) {
	field := []string{"m"}
	tests := []struct {
		name, text, want string // want: the record, or what the dead letter's reason says of the text
		parse            Parse
	}{
		{"logfmt pairs", `a=1 b="x \"y\"" c= d`, `{"m":0,"a":"1","b":"x \"y\"","c":"","d":true}`, Parse{Format: LogFmt}},
		{"logfmt takes the last of one name", `a=1 a=2`, `{"m":0,"a":"2"}`, Parse{Format: LogFmt}},
		{"logfmt wants a pair", `only words here`, `it has no key=value pair`, Parse{Format: LogFmt}},
		{"logfmt wants a closing quote", `a="x`, `it has a quoted value without its closing quote`, Parse{Format: LogFmt}},
		{"logfmt wants a key", `=x`, `it has an equals sign without a key`, Parse{Format: LogFmt}},
		{"logfmt wants blanks between pairs", `a="x"b=1`, `it has text right after a closing quote`, Parse{Format: LogFmt}},
		{"logfmt refuses quotes in a key", `a"b=1`, `it has a quote in a key`, Parse{Format: LogFmt}},
		{"logfmt refuses quotes in a bare value", `a=b"c`, `it has a quote or an equals sign in a value without quotes`, Parse{Format: LogFmt}},
		{"kv passes over what is no pair", `login ok: user=bob, ip=[::1]; note='it\'s' x=`, `{"m":0,"user":"bob","ip":"[::1]","note":"it's","x":""}`, Parse{Format: KV}},
		{"kv wants a pair", `nothing = here`, `{"m":0}`, Parse{Format: KV}},
		{"csv row", `a,"b ""q"", c",`, `{"m":0,"column_1":"a","column_2":"b \"q\", c","column_3":""}`, Parse{Format: CSV}},
		{"csv with names", `a,b`, `{"m":0,"x":"a","y":"b"}`, Parse{Format: CSV, Columns: []string{"x", "y", "z"}}},
		{"csv wider than its names", `a,b`, `it has more values than there are columns`, Parse{Format: CSV, Columns: []string{"x"}}},
		{"csv refuses a stray quote", `a"b`, `it has a quote in a value without quotes, or text after a closing quote`, Parse{Format: CSV}},
		{"csv refuses a second row", "a\nb", `it holds more than one row`, Parse{Format: CSV}},
		{"csv refuses an open quote", `"a`, `it has a quoted value without its closing quote`, Parse{Format: CSV}},
		{"regex groups", `GET /x 200`, `{"m":0,"verb":"GET","code":"200"}`, Parse{Format: Regex, Regex: regexp.MustCompile(`^(?P<verb>\S+) (\S+) (?P<code>\d+)(?P<more> .*)?$`)}},
		{"regex without a match", `nope`, `it does not match the regex`, Parse{Format: Regex, Regex: regexp.MustCompile(`(?P<n>\d+)`)}},
		{"json object", `{"a":[1, 2],"b":null}`, `{"m":0,"a":[1, 2],"b":null}`, Parse{Format: JSON}},
		{"json stays one line", "{\"a\":[1,\n 2],\"b\":{\"c d\" : 1}}", `{"m":0,"a":[1,2],"b":{"c d" : 1}}`, Parse{Format: JSON}},
		{"json that is no object", `[1]`, `it is JSON, but no object; use into to give it a field`, Parse{Format: JSON}},
		{"json that is none", `{"a":1`, `it is not valid JSON`, Parse{Format: JSON}},
		{"json with too many members", `{` + strings.Repeat(`"a":1,`, 1000) + `"b":1}`, `it holds more than 1000 fields`, Parse{Format: JSON}},
		{"not UTF-8", "a=\xff", `{"m":0,"a":"` + "\uFFFD" + `"}`, Parse{Format: LogFmt}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := tt.parse
			p.Field = field
			// Records that are no JSON hold no field m; what is not UTF-8 comes as a line.
			line := `{"m":` + string(jsonscan.AppendQuoted(nil, []byte(tt.text))) + `}`
			if tt.name == "not UTF-8" {
				p.Field, p.RemoveSource, line = nil, true, tt.text
				tt.want = strings.Replace(tt.want, `"m":0,`, "", 1)
			}
			got := parseWith(t, p, line)
			want := strings.Replace(tt.want, `"m":0`, line[1:len(line)-1], 1)
			if !strings.HasPrefix(tt.want, "{") {
				want = "dead: parse " + p.Format.String() + ": " + tt.want + ": " + line
			}
			if tt.name == "kv wants a pair" {
				want = "dead: parse kv: it has no key=value pair: " + line
			}
			if got != want {
				t.Errorf("parsed to\n%s, want\n%s", got, want)
			}
		})
	}
}

func TestParsePlacesFields(t *testing.T) {
	tests := []struct {
		name, line, want string
		parse            Parse
	}{
		{"a line becomes an object", `a=1`, `{"message":"a=1","a":"1"}`, Parse{Format: LogFmt}},
		{"a line without its source", `a=1`, `{"a":"1"}`, Parse{Format: LogFmt, RemoveSource: true}},
		{"a parsed message replaces the line's", `a=1 message=m`, `{"a":"1","message":"m"}`, Parse{Format: LogFmt}},
		{"a line into an object", `a=1`, `{"message":"a=1","p":{"a":"1"}}`, Parse{Format: LogFmt, Into: []string{"p"}}},
		{"the record's fields win", `{"a":0,"m":"a=1 b=2"}`, `{"a":0,"m":"a=1 b=2","b":"2"}`, Parse{Format: LogFmt, Field: []string{"m"}}},
		{"null fields don't", `{"a":null,"m":"a=1"}`, `{"a":"1","m":"a=1"}`, Parse{Format: LogFmt, Field: []string{"m"}}},
		{"nor with overwrite", `{"a":0, "\u0061":{"x":1} ,"m":"a=1"}`, `{"\u0061":"1" ,"m":"a=1"}`, Parse{Format: LogFmt, Field: []string{"m"}, Overwrite: true}},
		{"the source goes", `{"m":"a=1","z":1}`, `{"z":1,"a":"1"}`, Parse{Format: LogFmt, Field: []string{"m"}, RemoveSource: true}},
		{"the source gives way to its own name", `{"m":"m=1"}`, `{"m":"1"}`, Parse{Format: LogFmt, Field: []string{"m"}, RemoveSource: true}},
		{"a source that stays doesn't", `{"m":"m=1"}`, `{"m":"m=1"}`, Parse{Format: LogFmt, Field: []string{"m"}}},
		{"into an object that is there", `{"p":{ "a":0 },"m":"a=1 b=2"}`, `{"p":{ "a":0,"b":"2" },"m":"a=1 b=2"}`, Parse{Format: LogFmt, Field: []string{"m"}, Into: []string{"p"}}},
		{"into the object that holds the source", `{"p":{"m":"a=1"}}`, `{"p":{"a":"1"}}`, Parse{Format: LogFmt, Field: []string{"p", "m"}, Into: []string{"p"}, RemoveSource: true}},
		{"into what is no object", `{"p":1,"m":"a=1"}`, `dead: a value on the way to the member is not an object: {"p":1,"m":"a=1"}`, Parse{Format: LogFmt, Field: []string{"m"}, Into: []string{"p"}}},
		{"a missing source", `{"x":1}`, `{"x":1}`, Parse{Format: LogFmt, Field: []string{"m"}}},
		{"a null source", `{"m":null}`, `{"m":null}`, Parse{Format: LogFmt, Field: []string{"m"}}},
		{"a source that is no text", `{"m":{}}`, `dead: field is an object: it is not a text: {"m":{}}`, Parse{Format: LogFmt, Field: []string{"m"}}},
		{"JSON that is no object", `{"m":"[1, 2]"}`, `{"m":"[1, 2]","v":[1, 2]}`, Parse{Format: JSON, Field: []string{"m"}, Into: []string{"v"}}},
		{"JSON that is no object in place of its text", `{"m":"[1, 2]"}`, `{"m":[1, 2]}`, Parse{Format: JSON, Field: []string{"m"}, Into: []string{"m"}, Overwrite: true}},
		{"an object of a whole record stays as it is", ` {"a" : 1} `, ` {"a" : 1} `, Parse{Format: JSON}},
		{"an empty object", ` { } `, ` { "a":"1"} `, Parse{Format: LogFmt, Field: nil, Into: nil}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.name == "an empty object" {
				u := newUnit(t)
				got := one(t, u.pipeline(Options{Transforms: []Transform{{Kind: KindSet, Set: u.set(`{ a = "1" }`)}}}), tt.line)
				if got != `{"a":"1" }` && got != ` {"a":"1" } ` {
					t.Errorf("set in %q gives %q", tt.line, got)
				}
				return
			}
			if got := parseWith(t, tt.parse, tt.line); got != tt.want {
				t.Errorf("parse %s gives\n%s, want\n%s", tt.line, got, tt.want)
			}
		})
	}
}

func TestParsedJSONStaysWithinTheDepth(t *testing.T) {
	deep := strings.Repeat("[", jsonscan.MaxDepth) + strings.Repeat("]", jsonscan.MaxDepth)
	got := parseWith(t, Parse{Format: JSON, Into: []string{"x"}}, deep)
	if want := "dead: parse json: it nests too deep for its new place: " + deep; got != want {
		t.Errorf("got %.100q, want %.100q", got, want)
	}
	less := deep[1 : len(deep)-1]
	if got := parseWith(t, Parse{Format: JSON, Into: []string{"x"}, RemoveSource: true}, less); got != `{"x":`+less+`}` {
		t.Errorf("got %.100q", got)
	}
}

func TestParseSyslog(t *testing.T) {
	berlin := time.FixedZone("CEST", 2*60*60)
	tests := []struct{ name, line, want string }{
		{
			"RFC 5424", `<165>1 2003-10-11T22:14:15.003Z host app 12 ID47 [ex@1 a="1" b="q\"\\\]\x" a="2"][y z=""] ` + "\xEF\xBB\xBF" + `An event`,
			`{"facility":"local4","severity":"notice","version":1,"timestamp":"2003-10-11T22:14:15.003000000Z","hostname":"host","appname":"app","procid":"12","msgid":"ID47","structured_data":{"ex@1":{"a":"2","b":"q\"\\]\\x"},"y":{"z":""}},"message":"An event"}`,
		},
		{"RFC 5424 with nothing", `<0>1 - - - - - -`, `{"facility":"kern","severity":"emerg","version":1}`},
		{"RFC 5424 cut off", `<0>1 - - -`, `error: has an RFC 5424 header that is cut off`},
		{"RFC 5424 with a bad time", `<0>1 yesterday - - - - -`, `error: has a time that is not as RFC 5424 says`},
		{"RFC 5424 with bad data", `<0>1 - - - - - [a b=1]`, `error: has structured data that is not as RFC 5424 says`},
		{"RFC 5424 with one id twice", `<0>1 - - - - - [a][a]`, `error: has structured data that is not as RFC 5424 says`},
		{"RFC 5424 with text after its data", `<0>1 - - - - - -x`, `error: has structured data that is not as RFC 5424 says`},
		{
			"RFC 3164", `<34>Oct 11 22:14:15 mymachine su[77]: 'su root' failed`,
			`{"facility":"auth","severity":"crit","timestamp":"2026-10-11T20:14:15.000000000Z","hostname":"mymachine","appname":"su","procid":"77","message":"'su root' failed"}`,
		},
		{
			"RFC 3164 of the next year", `<34>Jan  1 00:30:00 h cron: x`,
			`{"facility":"auth","severity":"crit","timestamp":"2026-12-31T22:30:00.000000000Z","hostname":"h","appname":"cron","message":"x"}`,
		},
		{
			"RFC 3164 without priority and host", `Nov  4 05:06:07 kernel: up`,
			`{"timestamp":"2026-11-04T03:06:07.000000000Z","appname":"kernel","message":"up"}`,
		},
		{
			"RFC 3164 with another time", `<34>2026-11-04T05:06:07+01:00 h su: x`,
			`{"facility":"auth","severity":"crit","timestamp":"2026-11-04T04:06:07.000000000Z","hostname":"h","appname":"su","message":"x"}`,
		},
		{"the 29th of February", `<34>Feb 29 00:00:00 h a: b`, `{"facility":"auth","severity":"crit","message":"Feb 29 00:00:00 h a: b"}`},
		{"a priority and a text", `<34>all of it`, `{"facility":"auth","severity":"crit","message":"all of it"}`},
		{"neither", `hello`, `error: is no syslog line: it has neither a priority nor a time of RFC 3164`},
		{"a priority too high", `<192>x`, `error: has a priority that is not <0> to <191>`},
		{"a priority without end", `<19`, `error: has a priority that is not <0> to <191>`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var f fieldList
			var got string
			if err := parseSyslog(&f, []byte(tt.line), berlin, time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)); err != nil {
				got = "error: " + err.Error()
			} else {
				got = "{" + string(f.appendMembers(nil)) + "}"
			}
			if got != tt.want {
				t.Errorf("parsed %s to\n%s, want\n%s", tt.line, got, tt.want)
			}
		})
	}
}

func TestParseTimestamp(t *testing.T) {
	tests := []struct {
		layout, text, want string
	}{
		{"", `"2026-11-24T08:00:00.5+01:00"`, "2026-11-24T07:00:00.500000000Z"},
		{"RFC1123Z", `"Tue, 24 Nov 2026 08:00:00 +0100"`, "2026-11-24T07:00:00.000000000Z"},
		{"02/Jan/2006:15:04:05 -0700", `"24/Nov/2026:08:00:00 +0100"`, "2026-11-24T07:00:00.000000000Z"},
		{"DateTime", `" 2026-11-24 08:00:00 "`, "2026-11-24T07:00:00.000000000Z"}, // in the time zone
		{"Stamp", `"Jan  2 03:04:05"`, "2027-01-02T02:04:05.000000000Z"},
		{"unix", `1795503600`, "2026-11-24T07:00:00.000000000Z"},
		{"unix", `"1795503600.000000001"`, "2026-11-24T07:00:00.000000001Z"},
		{"unix", `-0.5`, "1969-12-31T23:59:59.500000000Z"},
		{"unix_ms", `1795503600123.4567899`, "2026-11-24T07:00:00.123456789Z"},
		{"unix_us", `1795503600123456`, "2026-11-24T07:00:00.123456000Z"},
		{"unix_ns", `1795503600123456789`, "2026-11-24T07:00:00.123456789Z"},
		{"unix", `1e9`, "is not a number of seconds, milliseconds, microseconds or nanoseconds since 1970"},
		{"unix", `99999999999999999999`, "is not a number of seconds, milliseconds, microseconds or nanoseconds since 1970"},
		{"unix", `9999999999999`, "is a time outside of the years 0 to 9999"},
		{"unix", `""`, "is not a number of seconds, milliseconds, microseconds or nanoseconds since 1970"},
		{"DateOnly", `"24.11.2026"`, `is not a time of layout "2006-01-02"`},
		{"", `"` + strings.Repeat("1", 200) + `"`, "is too long for a time"},
	}
	for _, tt := range tests {
		line := `{"ts":` + tt.text + `}`
		got := parseWith(t, Parse{
			Format: Timestamp, Field: []string{"ts"}, Layout: tt.layout, TimeZone: time.FixedZone("CET", 60*60),
		}, line)
		want := `{"ts":"` + tt.want + `"}`
		if strings.HasPrefix(tt.want, "is ") {
			want = "dead: parse timestamp: it " + tt.want + ": " + line
		}
		if got != want {
			t.Errorf("layout %q: %s gives %s, want %s", tt.layout, tt.text, got, want)
		}
	}
	moved := Parse{Format: Timestamp, Field: []string{"ts"}, Layout: "unix", Into: []string{"time"}, RemoveSource: true}
	if got, want := parseWith(t, moved, `{"ts":0}`), `{"time":"1970-01-01T00:00:00.000000000Z"}`; got != want {
		t.Errorf("moved: %s, want %s", got, want)
	}
	if got, want := parseWith(t, moved, `{"time":1,"ts":0}`), `{"time":1}`; got != want {
		t.Errorf("moved onto a field: %s, want %s", got, want)
	}
}

func TestCheckLayout(t *testing.T) {
	for _, good := range []string{"", "RFC3339", "Stamp", "unix_ns", "Jan 2", "2006-002", "2006__2 15:04", "DateOnly", "20060102"} {
		if err := CheckLayout(good); err != nil {
			t.Errorf("CheckLayout(%q) = %v", good, err)
		}
	}
	for _, bad := range []string{"RFC9999", "YYYY-MM-DD", "epoch"} {
		if err := CheckLayout(bad); err == nil {
			t.Errorf("CheckLayout(%q) accepts it", bad)
		}
	}
	for _, dateless := range []string{"15:04:05", "3:04PM", "02 15:04:05", "Mon 15:04", "2006", "2006-01", "Jan 2006", "Mon Jan 15:04:05 2006"} {
		if err := CheckLayout(dateless); !errors.Is(err, ErrNoDate) {
			t.Errorf("CheckLayout(%q) = %v, want ErrNoDate", dateless, err)
		}
	}
}
