package expr

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// dateFormat is a format of formatdate, taken apart.
type dateFormat []dateStep

// dateStep is a verb, a letter so many times, or a literal text.
type dateStep struct {
	verb    byte // 0: literal
	n       int
	literal string
}

// newDateFormat reads a format of formatdate.
func newDateFormat(format string) (dateFormat, error) {
	// What is allowed is for the function itself to say.
	if _, err := stdlib.FormatDate(cty.StringVal(format), cty.StringVal("2006-01-02T15:04:05Z")); err != nil {
		return nil, fmt.Errorf("read format: %w", err)
	}
	var steps dateFormat
	for i := 0; i < len(format); {
		c := format[i]
		switch {
		case c == '\'':
			text, n := quotedDateText(format[i:])
			steps = append(steps, dateStep{literal: text})
			i += n
		case isLetter(c):
			n := 1
			for i+n < len(format) && format[i+n] == c {
				n++
			}
			steps = append(steps, dateStep{verb: c, n: n})
			i += n
		default:
			n := 1
			for i+n < len(format) && format[i+n] != '\'' && !isLetter(format[i+n]) {
				n++
			}
			steps = append(steps, dateStep{literal: format[i : i+n]})
			i += n
		}
	}
	return steps, nil
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// quotedDateText returns the text that a format quotes at its beginning, and how long that is with its quotes. Two
// quotes are one, alone and within a text.
func quotedDateText(s string) (text string, n int) {
	if strings.HasPrefix(s, "''") {
		return "'", 2
	}
	for n = 1; n < len(s); n++ {
		if s[n] != '\'' {
			continue
		}
		if n+1 < len(s) && s[n+1] == '\'' {
			n++
			continue
		}
		break
	}
	return strings.ReplaceAll(s[1:n], "''", "'"), n + 1
}

// append appends a time in the format. t is in UTC and shows what a clock shows that is so many minutes ahead.
func (f dateFormat) append(dst []byte, t time.Time, ahead int) []byte {
	for _, s := range f {
		dst = s.append(dst, t, ahead)
	}
	return dst
}

func (s dateStep) append(dst []byte, t time.Time, ahead int) []byte {
	switch s.verb {
	case 0:
		return append(dst, s.literal...)
	case 'Y':
		if s.n == 2 {
			return appendPadded(dst, t.Year()%100, 2)
		}
		return appendPadded(dst, t.Year(), 4)
	case 'M':
		switch s.n {
		case 3:
			return append(dst, t.Month().String()[:3]...)
		case 4:
			return append(dst, t.Month().String()...)
		}
		return appendPadded(dst, int(t.Month()), s.n)
	case 'D':
		return appendPadded(dst, t.Day(), s.n)
	case 'E':
		if s.n == 3 {
			return append(dst, t.Weekday().String()[:3]...)
		}
		return append(dst, t.Weekday().String()...)
	case 'h':
		return appendPadded(dst, t.Hour(), s.n)
	case 'H':
		return appendPadded(dst, (t.Hour()+11)%12+1, s.n)
	case 'A', 'a':
		return append(dst, s.verb+byte(t.Hour()/12)*('P'-'A'), s.verb+'M'-'A')
	case 'm':
		return appendPadded(dst, t.Minute(), s.n)
	case 's':
		return appendPadded(dst, t.Second(), s.n)
	case 'Z':
		return s.appendZone(dst, ahead)
	}
	return dst
}

func (s dateStep) appendZone(dst []byte, ahead int) []byte {
	switch {
	case s.n == 1 && ahead == 0:
		return append(dst, 'Z')
	case s.n == 3 && ahead == 0:
		return append(dst, "UTC"...)
	}
	sign := byte('+')
	if ahead < 0 {
		sign, ahead = '-', -ahead
	}
	dst = appendPadded(append(dst, sign), ahead/60, 2)
	if s.n == 1 || s.n == 5 {
		dst = append(dst, ':')
	}
	return appendPadded(dst, ahead%60, 2)
}

// appendPadded appends a number with zeros before it up to a width.
func appendPadded(dst []byte, n, width int) []byte {
	for limit := 10; width > 1; width-- {
		if n < limit {
			dst = append(dst, '0')
		}
		limit *= 10
	}
	return strconv.AppendInt(dst, int64(n), 10)
}

// parseStrictTime reads a time in RFC 3339: what its clock shows, as a time in UTC, and how many minutes that is ahead.
func parseStrictTime(s []byte) (t time.Time, ahead int, ok bool) {
	const form = "dddd-dd-ddTdd:dd:dd"
	if len(s) <= len(form) || !hasForm(s[:len(form)], form) {
		return t, 0, false
	}
	zone := s[len(form):]
	nanos := 0
	if zone[0] == '.' && len(zone) > 1 && zone[1]-'0' <= 9 {
		n := 1
		for unit := int(time.Second); n < len(zone) && zone[n]-'0' <= 9; n++ {
			unit /= 10
			nanos += int(zone[n]-'0') * unit
		}
		zone = zone[n:]
	}
	if string(zone) != "Z" {
		if !hasForm(zone, "+dd:dd") && !hasForm(zone, "-dd:dd") || twoDigits(zone[1:]) > 23 || twoDigits(zone[4:]) > 59 {
			return t, 0, false
		}
		ahead = twoDigits(zone[1:])*60 + twoDigits(zone[4:])
		if zone[0] == '-' {
			ahead = -ahead
		}
	}
	year, month, day := twoDigits(s)*100+twoDigits(s[2:]), twoDigits(s[5:]), twoDigits(s[8:])
	hour, minute, second := twoDigits(s[11:]), twoDigits(s[14:]), twoDigits(s[17:])
	t = time.Date(year, time.Month(month), day, hour, minute, second, nanos, time.UTC)
	// A day that the month lacks has become one of the next.
	ok = month >= 1 && month <= 12 && day >= 1 && t.Day() == day && hour <= 23 && minute <= 59 && second <= 59
	return t, ahead, ok
}

// hasForm reports whether text has the form: d is a digit, anything else itself.
func hasForm(text []byte, form string) bool {
	if len(text) != len(form) {
		return false
	}
	for i, c := range text {
		if form[i] == 'd' && c-'0' > 9 || form[i] != 'd' && c != form[i] {
			return false
		}
	}
	return true
}

func twoDigits(s []byte) int { return int(s[0]-'0')*10 + int(s[1]-'0') }
