package pluginhost

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/go-hclog"
)

const (
	// maxLogFields and maxLogValue bound what is taken over from one structured line.
	maxLogFields = 32
	maxLogValue  = 1 << 10
)

// logLine is one line of a plugin, understood as far as possible. Its strings are not yet scrubbed or escaped.
type logLine struct {
	level   hclog.Level
	message string
	fields  []logField
}

type logField struct{ key, value string }

// parseLogLine understands the JSON lines of hclog and of other loggers; anything else is a message by itself. No line
// can make it fail.
func parseLogLine(line []byte) logLine {
	line = bytes.TrimRight(line, "\r\n")
	plain := logLine{level: hclog.Info, message: string(line)}
	if len(line) < 2 || line[0] != '{' {
		plain.level = plainLevel(plain.message)
		return plain
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil || d.More() {
		return plain
	}

	out := logLine{level: hclog.Info}
	if v, ok := take(object, "@level", "level", "lvl", "severity"); ok {
		out.level = levelOf(v)
	}
	if v, ok := take(object, "@message", "msg", "message", "event"); ok {
		out.message = textOf(v)
	}
	take(object, "@timestamp", "timestamp", "time", "ts")
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if len(out.fields) == maxLogFields {
			break
		}
		out.fields = append(out.fields, logField{key: key, value: textOf(object[key])})
	}
	return out
}

// take removes the first of the names that the object has.
func take(object map[string]any, names ...string) (v any, ok bool) {
	for _, name := range names {
		if v, ok = object[name]; ok {
			delete(object, name)
			return v, true
		}
	}
	return nil, false
}

func plainLevel(line string) hclog.Level {
	if isCrash(line) {
		return hclog.Error
	}
	return hclog.Info
}

// isCrash recognises the first line that a Go or Python program prints when it crashes.
func isCrash(line string) bool {
	return strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") ||
		strings.HasPrefix(line, "SIGSEGV: ") || strings.HasPrefix(line, "SIGABRT: ") ||
		strings.HasPrefix(line, "Traceback (most recent call last)")
}

// levelOf understands names, and the numbers of bunyan and pino.
func levelOf(v any) hclog.Level {
	switch v := v.(type) {
	case string:
		switch strings.ToLower(v) {
		case "trace":
			return hclog.Trace
		case "debug":
			return hclog.Debug
		case "warn", "warning":
			return hclog.Warn
		case "error", "err", "fatal", "critical", "panic", "dpanic", "alert", "emergency":
			return hclog.Error
		}
	case json.Number:
		n, err := strconv.ParseFloat(v.String(), 64)
		switch {
		case err != nil || n < 10:
			return hclog.Info
		case n < 20:
			return hclog.Trace
		case n < 30:
			return hclog.Debug
		case n < 40:
			return hclog.Info
		case n < 50:
			return hclog.Warn
		default:
			return hclog.Error
		}
	}
	return hclog.Info
}

// textOf returns a JSON value as text: a string as it is, anything else as JSON.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	default:
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(v); err != nil {
			return ""
		}
		return strings.TrimSuffix(b.String(), "\n")
	}
}

// keyOf makes a harmless key: no letters that a log format gives a meaning to.
func keyOf(key string) string {
	key = strings.TrimLeft(key, "@")
	if len(key) > 64 {
		key = key[:64]
	}
	key = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '.', r == '-':
			return r
		default:
			return '_'
		}
	}, key)
	if key == "" {
		return "_"
	}
	return key
}

// escape makes control characters and other unprintable ones visible, so that a plugin can neither drive a terminal nor
// forge a line, and mends invalid UTF-8. It cuts the result at about limit bytes.
func escape(s string, limit int) string {
	clean := len(s) <= limit
	for i := 0; clean && i < len(s); i++ {
		clean = s[i] >= ' ' && s[i] < 0x7f
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		if b.Len() >= limit {
			b.WriteString("…")
			break
		}
		switch {
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\n':
			b.WriteString(`\n`)
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			b.WriteString(`\x` + strconv.FormatUint(uint64(s[i])|0x100, 16)[1:])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
	}
	return b.String()
}
