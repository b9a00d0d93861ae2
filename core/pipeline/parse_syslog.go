package pipeline

import (
	"bytes"
	"errors"
	"strconv"
	"time"

	"github.com/skidway/skidway/core/expr/jsonscan"
)

var (
	errPriority   = errors.New("has a priority that is not <0> to <191>")
	errNoSyslog   = errors.New("is no syslog line: it has neither a priority nor a time of RFC 3164")
	errHeader     = errors.New("has an RFC 5424 header that is cut off")
	errStructured = errors.New("has structured data that is not as RFC 5424 says")
)

// parseSyslog reads a line of RFC 5424, or of RFC 3164 and what is commonly sent as that. Times without a year get the
// one that makes them nearest to received, times without a zone are in zone.
func parseSyslog(f *fieldList, line []byte, zone *time.Location, received time.Time) error {
	line = bytes.TrimRight(line, "\r\n")
	rest, found, err := syslogPriority(f, line)
	if err != nil {
		return err
	}
	if found && bytes.HasPrefix(rest, []byte("1 ")) {
		return parse5424(f, rest[2:])
	}
	return parse3164(f, rest, found, zone, received)
}

// syslogPriority adds facility and severity when the line begins with a priority.
func syslogPriority(f *fieldList, line []byte) (rest []byte, found bool, err error) {
	if len(line) == 0 || line[0] != '<' {
		return line, false, nil
	}
	end := bytes.IndexByte(line[:min(len(line), 5)], '>')
	if end < 2 {
		return nil, false, errPriority
	}
	n := 0
	for _, c := range line[1:end] {
		if c < '0' || c > '9' {
			return nil, false, errPriority
		}
		n = n*10 + int(c-'0')
	}
	if n > 191 {
		return nil, false, errPriority
	}
	if err := f.text([]byte("facility"), []byte(facilityName(n>>3))); err != nil {
		return nil, false, err
	}
	return line[end+1:], true, f.text([]byte("severity"), []byte(severityName(n&7)))
}

// facilityName returns the name of facility n, 0 to 23.
func facilityName(n int) string {
	return [...]string{
		"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
		"ntp", "security", "console", "solaris-cron",
		"local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
	}[n]
}

// severityName returns the name of severity n, 0 to 7.
func severityName(n int) string {
	return [...]string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}[n]
}

// parse5424 reads what follows the version.
func parse5424(f *fieldList, rest []byte) error {
	if err := f.raw([]byte("version"), []byte("1")); err != nil {
		return err
	}
	for _, name := range [...]string{"timestamp", "hostname", "appname", "procid", "msgid"} {
		word, after, ok := bytes.Cut(rest, []byte(" "))
		if !ok || len(word) == 0 {
			return errHeader
		}
		rest = after
		if string(word) == "-" {
			continue
		}
		if name == "timestamp" {
			t, err := time.Parse(time.RFC3339, string(word))
			if err != nil {
				return errors.New("has a time that is not as RFC 5424 says")
			}
			word = appendTime(nil, t)
		}
		if err := f.text([]byte(name), word); err != nil {
			return err
		}
	}
	rest, err := structuredData(f, rest)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return nil
	}
	if rest[0] != ' ' {
		return errStructured
	}
	return f.text([]byte("message"), bytes.TrimPrefix(rest[1:], []byte("\xEF\xBB\xBF")))
}

// structuredData adds the elements, each an object of its parameters, and returns what follows them.
func structuredData(f *fieldList, rest []byte) ([]byte, error) {
	if len(rest) > 0 && rest[0] == '-' {
		return rest[1:], nil
	}
	if len(rest) == 0 || rest[0] != '[' {
		return nil, errStructured
	}
	at, err := f.begin([]byte("structured_data"))
	if err != nil {
		return nil, err
	}
	var names nameSet
	sep := byte('{')
	for len(rest) > 0 && rest[0] == '[' {
		id, after, ok := sdName(rest[1:], " ]")
		if !ok || !names.add(string(id)) {
			return nil, errStructured
		}
		f.buf = append(f.buf, sep)
		f.buf = append(jsonscan.AppendQuoted(f.buf, id), ':', '{')
		sep = ','
		if rest, err = sdParams(f, after); err != nil {
			return nil, err
		}
		f.buf = append(f.buf, '}')
	}
	f.buf = append(f.buf, '}')
	f.finish(at)
	return rest, nil
}

// sdParams appends the parameters of one element as members and returns what follows its closing bracket. Of parameters
// with one name the last counts.
func sdParams(f *fieldList, rest []byte) ([]byte, error) {
	var params fieldList
	for len(rest) > 0 && rest[0] == ' ' {
		name, after, ok := sdName(rest[1:], "=")
		if !ok || len(after) < 2 || after[1] != '"' {
			return nil, errStructured
		}
		value, after, err := sdValue(after[2:])
		if err != nil {
			return nil, err
		}
		if err := params.text(name, value); err != nil {
			return nil, err
		}
		rest = after
	}
	if len(rest) == 0 || rest[0] != ']' {
		return nil, errStructured
	}
	f.buf = params.appendMembers(f.buf)
	return rest[1:], nil
}

// sdName cuts a name off: printable ASCII up to one of stops.
func sdName(b []byte, stops string) (name, rest []byte, ok bool) {
	n := bytes.IndexAny(b, stops)
	if n <= 0 {
		return nil, nil, false
	}
	for _, c := range b[:n] {
		if c <= ' ' || c > '~' || c == '"' || c == ']' || c == '=' {
			return nil, nil, false
		}
	}
	return b[:n], b[n:], true
}

// sdValue returns the value up to its closing quote. A backslash makes a quote, a backslash or a bracket plain, and is
// itself before any other character.
func sdValue(b []byte) (value, rest []byte, err error) {
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			return value, b[i+1:], nil
		case '\\':
			if i+1 < len(b) && (b[i+1] == '"' || b[i+1] == '\\' || b[i+1] == ']') {
				i++
			}
		case ']':
			return nil, nil, errStructured
		}
		value = append(value, b[i])
	}
	return nil, nil, errStructured
}

// parse3164 reads a time, a host, a tag and a message. Without a priority a time is wanted; with one, a line that has
// no time is all message.
func parse3164(f *fieldList, rest []byte, priority bool, zone *time.Location, received time.Time) error {
	t, after, ok := time3164(rest, zone, received)
	if !ok {
		if !priority {
			return errNoSyslog
		}
		return f.text([]byte("message"), rest)
	}
	if err := f.text([]byte("timestamp"), appendTime(nil, t)); err != nil {
		return err
	}
	// A word that ends like a tag is one: some senders leave the host out.
	if word, tail, ok := bytes.Cut(after, []byte(" ")); ok && len(word) > 0 && word[len(word)-1] != ':' {
		if err := f.text([]byte("hostname"), word); err != nil {
			return err
		}
		after = tail
	}
	after, err := tag3164(f, after)
	if err != nil {
		return err
	}
	return f.text([]byte("message"), after)
}

// tag3164 adds appname and procid of "tag: " or "tag[pid]: ", if the text begins so, and returns the message.
func tag3164(f *fieldList, b []byte) ([]byte, error) {
	n := bytes.IndexAny(b, ": [")
	if n <= 0 || b[n] == ' ' {
		return b, nil
	}
	tag, rest := b[:n], b[n:]
	var pid []byte
	if rest[0] == '[' {
		end := bytes.Index(rest, []byte("]:"))
		if end < 0 || bytes.IndexByte(rest[:end], ' ') >= 0 {
			return b, nil
		}
		pid, rest = rest[1:end], rest[end+1:]
	}
	if err := f.text([]byte("appname"), tag); err != nil {
		return nil, err
	}
	if pid != nil {
		if err := f.text([]byte("procid"), pid); err != nil {
			return nil, err
		}
	}
	return bytes.TrimPrefix(rest[1:], []byte(" ")), nil
}

// time3164 cuts "Jan _2 15:04:05 " off, or a time of RFC 3339, which many send in its place.
func time3164(b []byte, zone *time.Location, received time.Time) (t time.Time, rest []byte, ok bool) {
	if len(b) > len(time.Stamp) && b[len(time.Stamp)] == ' ' {
		if t, ok = parseWithoutYear(time.Stamp, string(b[:len(time.Stamp)]), zone, received); ok {
			return t, b[len(time.Stamp)+1:], true
		}
	}
	word, rest, found := bytes.Cut(b, []byte(" "))
	if !found || len(word) > 40 {
		return time.Time{}, nil, false
	}
	t, err := time.Parse(time.RFC3339, string(word))
	return t, rest, err == nil
}

// parseWithoutYear parses a text whose layout has no year, in the year that makes it nearest to received.
func parseWithoutYear(layout, text string, zone *time.Location, received time.Time) (best time.Time, ok bool) {
	year := received.In(zone).Year()
	for y := year - 1; y <= year+1; y++ {
		t, err := time.ParseInLocation("2006 "+layout, strconv.Itoa(y)+" "+text, zone)
		if err != nil {
			continue // the 29th of February, or no time at all
		}
		if !ok || t.Sub(received).Abs() < best.Sub(received).Abs() {
			best, ok = t, true
		}
	}
	return best, ok
}

// nameSet tells names apart; most texts have very few.
type nameSet struct{ names map[string]bool }

// add reports whether the name is new.
func (s *nameSet) add(name string) bool {
	if s.names[name] {
		return false
	}
	if s.names == nil {
		s.names = map[string]bool{}
	}
	s.names[name] = true
	return true
}
