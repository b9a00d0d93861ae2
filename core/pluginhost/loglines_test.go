package pluginhost

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/core/metrics"
)

func TestLinesAreAssembledAndBounded(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	tests := map[string]struct {
		in   string
		want []string
	}{
		"lines":                     {"a\nbb\n\nc\n", []string{"1:0", "2:0", "0:0", "1:0"}},
		"last line without its end": {"a\nbc", []string{"1:0", "2:0"}},
		"longest line":              {long + "\na\n", []string{fmt.Sprintf("%d:0", maxLine), "1:0"}},
		"too long":                  {long + "yz\na\n", []string{fmt.Sprintf("%d:2", maxLine), "1:0"}},
		"much too long":             {strings.Repeat(long, 20), []string{fmt.Sprintf("%d:%d", maxLine, 19*maxLine)}},
	}
	for name, tt := range tests {
		for how, reader := range map[string]func(io.Reader) io.Reader{
			"at once":      func(r io.Reader) io.Reader { return r },
			"byte by byte": iotest.OneByteReader,
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				var got []string
				l := &lines{emit: func(line []byte, dropped int) { got = append(got, fmt.Sprintf("%d:%d", len(line), dropped)) }}
				if _, err := io.Copy(l, struct{ io.Reader }{reader(strings.NewReader(tt.in))}); err != nil {
					t.Fatal(err)
				}
				l.end()
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("lines (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestParseLogLine(t *testing.T) {
	tests := map[string]struct {
		in     string
		level  hclog.Level
		want   string
		fields string
	}{
		"plain text":             {"hello\r", hclog.Info, "hello", ""},
		"hclog":                  {`{"@level":"warn","@message":"slow","@module":"x","@timestamp":"2026-01-02T03:04:05Z","n":5,"ok":true}`, hclog.Warn, "slow", "@module=x n=5 ok=true"},
		"logrus":                 {`{"level":"error","msg":"no","time":"now"}`, hclog.Error, "no", ""},
		"pino":                   {`{"level":20,"msg":"deep","time":1700000000}`, hclog.Debug, "deep", ""},
		"numbers and lists":      {`{"@level":3,"@message":["a",1],"@timestamp":7}`, hclog.Info, `["a",1]`, ""},
		"null and objects":       {`{"@level":null,"@message":{"a":null},"x":{"y":[1,"<"]}}`, hclog.Info, `{"a":null}`, `x={"y":[1,"<"]}`},
		"unknown level":          {`{"level":"loud","msg":"m"}`, hclog.Info, "m", ""},
		"huge number":            {`{"level":1e999,"msg":"m"}`, hclog.Info, "m", ""},
		"broken JSON":            {`{"level":"error"`, hclog.Info, `{"level":"error"`, ""},
		"two values":             {`{"a":1} {"b":2}`, hclog.Info, `{"a":1} {"b":2}`, ""},
		"not an object":          {`[1]`, hclog.Info, `[1]`, ""},
		"Go's last words":        {"panic: oh", hclog.Error, "panic: oh", ""},
		"no message, but fields": {`{"a":"b"}`, hclog.Info, "", "a=b"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := parseLogLine([]byte(tt.in))
			var fields []string
			for _, f := range got.fields {
				fields = append(fields, f.key+"="+f.value)
			}
			if got.level != tt.level || got.message != tt.want || strings.Join(fields, " ") != tt.fields {
				t.Errorf("parsed %+v, want %s %q %q", got, tt.level, tt.want, tt.fields)
			}
		})
	}
}

func FuzzLogLinesAreHarmless(f *testing.F) {
	f.Add([]byte(`{"@level":3,"@message":"hunter2-secret","k\u0000":"\u001b[2J"}`))
	f.Add([]byte("plain \x1b[31m hunter2-secret \xff"))
	f.Add([]byte("{\"msg\":\"a\\nb\",\"hunter2-secret\":{\"a\":[\"hunter2-secret\"]}}\n"))
	f.Fuzz(func(t *testing.T, line []byte) {
		if bytes.Contains(line, []byte("(sensitive)")) {
			t.Skip("the mark of a secret may join with what is around it")
		}
		log := &logBuffer{}
		l := newPluginLog(&Options{
			Address: "a", Executable: Executable{Name: "test"}, Secrets: []string{"hunter2-secret"}, LogLinesDropped: &metrics.Counter{},
			Log: hclog.New(&hclog.LoggerOptions{Level: hclog.Trace, Output: log}),
		})
		s := l.stream()
		_, _ = s.Write(line)
		s.end()
		out := log.String()
		if strings.Contains(out, "hunter2-secret") {
			t.Errorf("the secret is in the log: %q", out)
		}
		for _, r := range out {
			if r < ' ' && r != '\n' || r == 0x7f {
				t.Errorf("control character %U in the log: %q", r, out)
			}
		}
		if n := strings.Count(out, "\n"); n > bytes.Count(line, []byte("\n"))+1 {
			t.Errorf("%d lines in the log, %q", n, out)
		}
	})
}

func TestScrub(t *testing.T) {
	s := newScrubber([]string{"pa\"ss/word", "ass", "-----BEGIN KEY-----\nMIIabcdefgh\nxyz\n-----END KEY-----"})
	tests := map[string]string{
		"nothing here":           "nothing here",
		`a pa"ss/word b`:         "a (sensitive) b",
		`{"p":"pa\"ss/word"}`:    `{"p":"(sensitive)"}`,
		"?p=pa%22ss%2Fword":      "?p=(sensitive)",
		"grass":                  "gr(sensitive)",
		"line MIIabcdefgh of it": "line (sensitive) of it",
	}
	for in, want := range tests {
		if got := s.scrub(in); got != want {
			t.Errorf("scrub(%q) = %q, want %q", in, got, want)
		}
	}
	if got := s.scrubCut(`ends in pa"ss/wo`); got != "ends in (sensitive)" {
		t.Errorf("scrubCut = %q, want what may be a secret's beginning gone", got)
	}
	var none scrubber
	if got := none.scrubCut("abc"); got != "abc" {
		t.Errorf("scrubCut without secrets = %q", got)
	}
}

func TestEscape(t *testing.T) {
	tests := map[string]string{
		"plain":                 "plain",
		"tab\there":             `tab\there`,
		"\x1b[31mred\x07":       `\x1b[31mred\a`,
		"bad \xff\xfe":          `bad \xff\xfe`,
		"line\nfeed\r":          `line\nfeed\r`,
		"grün 世界":               "grün 世界",
		"right\u202Eleft":       `right\u202eleft`,
		strings.Repeat("x", 30): strings.Repeat("x", 20) + "…",
		"\uFFFD stays":          "\uFFFD stays",
	}
	for in, want := range tests {
		if got := escape(in, 20); got != want {
			t.Errorf("escape(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLogIsRateLimitedAndCounts(t *testing.T) {
	log, dropped := &logBuffer{}, &metrics.Counter{}
	l := newPluginLog(&Options{
		Executable: Executable{Name: "test"}, LogLinesDropped: dropped,
		Log: hclog.New(&hclog.LoggerOptions{Level: hclog.Trace, Output: log}),
	})
	now := time.Unix(1000, 0)
	l.now = func() time.Time { return now }
	s := l.stream()
	for i := range 10_000 {
		_, _ = fmt.Fprintf(s, "line %d\n", i)
	}
	_, _ = io.WriteString(s, "panic: at last\n")
	if n := strings.Count(log.String(), "line "); n != logBurst {
		t.Errorf("%d lines logged, want %d", n, logBurst)
	}
	if got := dropped.Load(); got != 10_001-logBurst {
		t.Errorf("%d lines counted as dropped, want %d", got, 10_001-logBurst)
	}
	if got := l.lastWords(); got != "panic: at last" {
		t.Errorf("last words %q, want the crash although its line was dropped", got)
	}
	now = now.Add(2 * dropReport)
	_, _ = io.WriteString(s, "and on\n")
	if out := log.String(); !strings.Contains(out, "plugin log lines dropped: destination=\"\" lines=") || !strings.Contains(out, "[ERROR] test: and on") {
		t.Errorf("log lacks the report, or what follows a crash is no error:\n%s", out[len(out)-300:])
	}
	l.finish()
	if !strings.Contains(l.lastLines(), "panic: at last\nand on") {
		t.Errorf("last lines %q", l.lastLines())
	}
}
