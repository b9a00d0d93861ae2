package pipeline

import (
	"bytes"
	"errors"
	"fmt"
	"time"
)

// resultLayout is RFC 3339 with nanoseconds, always nine digits, so that texts sort as times do.
const resultLayout = "2006-01-02T15:04:05.000000000Z07:00"

// appendTime appends a time as the router writes it: RFC 3339, UTC, nine digits of a second.
func appendTime(dst []byte, t time.Time) []byte { return t.UTC().AppendFormat(dst, resultLayout) }

// layout is how parse reads times: a layout of package time, or a unit of seconds since 1970.
type layout struct {
	text     string
	unit     time.Duration // of an epoch layout; 0: none
	yearless bool
}

// ErrNoDate says that a layout lacks the month or the day, so that most times read with it would be wrong by months. A
// year may be missing: it is told from when the record was received.
var ErrNoDate = errors.New("it shows no month and day, and a time of day alone has no date; add them as the text has them, " +
	"for example \"Jan _2 15:04:05\" or \"2006-01-02 15:04:05\"")

// CheckLayout says whether parse knows a layout: a name such as RFC3339, RFC1123Z, ANSIC, DateTime or Stamp, one of unix,
// unix_ms, unix_us and unix_ns, or a layout of Go's package time such as "02/Jan/2006:15:04:05 -0700". The error is ErrNoDate
// for one without month or day.
func CheckLayout(text string) error {
	_, err := newLayout(text)
	return err
}

func newLayout(text string) (layout, error) {
	switch text {
	case "unix":
		return layout{unit: time.Second}, nil
	case "unix_ms":
		return layout{unit: time.Millisecond}, nil
	case "unix_us":
		return layout{unit: time.Microsecond}, nil
	case "unix_ns":
		return layout{unit: time.Nanosecond}, nil
	}
	l := layout{text: namedLayout(text)}
	// A layout that shows nothing of a time writes all times alike.
	a := time.Date(2001, time.February, 3, 4, 5, 6, 0, time.UTC).Format(l.text)
	b := time.Date(2012, time.November, 24, 17, 48, 39, 0, time.UTC).Format(l.text)
	if a == b {
		return layout{}, fmt.Errorf("layout %q shows no part of a time; write Go's reference time as the text has it, "+
			"for example \"2006-01-02 15:04:05\", or a name such as RFC3339 or unix_ms", text)
	}
	// All four are Mondays, so that only a day, a month or a year tells two apart.
	monday := func(year int, month time.Month, day int) string {
		return time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Format(l.text)
	}
	if monday(2018, time.January, 1) == monday(2018, time.January, 8) || monday(2018, time.January, 1) == monday(2018, time.October, 1) {
		return layout{}, fmt.Errorf("layout %q: %w", text, ErrNoDate)
	}
	l.yearless = monday(2001, time.January, 1) == monday(2018, time.January, 1)
	return l, nil
}

// namedLayout returns the layout that a name of package time stands for, or the text itself.
func namedLayout(name string) string {
	switch name {
	case "", "RFC3339", "RFC3339Nano":
		return time.RFC3339 // accepts fractions of a second too
	case "RFC1123":
		return time.RFC1123
	case "RFC1123Z":
		return time.RFC1123Z
	case "RFC822":
		return time.RFC822
	case "RFC822Z":
		return time.RFC822Z
	case "RFC850":
		return time.RFC850
	case "ANSIC":
		return time.ANSIC
	case "UnixDate":
		return time.UnixDate
	case "RubyDate":
		return time.RubyDate
	case "DateTime":
		return time.DateTime
	case "DateOnly":
		return time.DateOnly
	case "Stamp", "StampMilli", "StampMicro", "StampNano":
		return time.Stamp
	default:
		return name
	}
}

// longestTime bounds the text of a time.
const longestTime = 128

var (
	errLongTime  = errors.New("is too long for a time")
	errEpoch     = errors.New("is not a number of seconds, milliseconds, microseconds or nanoseconds since 1970")
	errTimeRange = errors.New("is a time outside of the years 0 to 9999")
)

// parse reads a time. One without a zone is in zone, one without a year in the year that makes it nearest to received.
func (l layout) parse(text []byte, zone *time.Location, received time.Time) (time.Time, error) {
	text = bytes.TrimSpace(text)
	if len(text) > longestTime {
		return time.Time{}, errLongTime
	}
	t, err := l.read(text, zone, received)
	if err != nil {
		return time.Time{}, err
	}
	if y := t.UTC().Year(); y < 0 || y > 9999 {
		return time.Time{}, errTimeRange
	}
	return t, nil
}

func (l layout) read(text []byte, zone *time.Location, received time.Time) (time.Time, error) {
	switch {
	case l.unit != 0:
		return epoch(text, l.unit)
	case l.yearless:
		t, ok := parseWithoutYear(l.text, string(text), zone, received)
		if !ok {
			return time.Time{}, fmt.Errorf("is not a time of layout %q", l.text)
		}
		return t, nil
	default:
		t, err := time.ParseInLocation(l.text, string(text), zone)
		if err != nil {
			return time.Time{}, fmt.Errorf("is not a time of layout %q", l.text)
		}
		return t, nil
	}
}

// epoch reads a decimal number of units since 1970, exact to the nanosecond; further digits are cut off.
func epoch(text []byte, unit time.Duration) (time.Time, error) {
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		text = text[1:]
	}
	whole, fraction, _ := bytes.Cut(text, []byte("."))
	n, ok := digits(whole)
	perSecond := int64(time.Second / unit)
	if !ok || len(whole) == 0 {
		return time.Time{}, errEpoch
	}
	seconds, nanos := n/perSecond, n%perSecond*int64(unit)
	for step := int64(unit) / 10; len(fraction) > 0; step /= 10 {
		c := fraction[0]
		if c < '0' || c > '9' {
			return time.Time{}, errEpoch
		}
		nanos += int64(c-'0') * step
		fraction = fraction[1:]
	}
	if negative {
		seconds, nanos = -seconds, -nanos
	}
	return time.Unix(seconds, nanos), nil
}

// digits returns the number that up to 18 digits stand for, 19 when it fits.
func digits(b []byte) (n int64, ok bool) {
	if len(b) > 19 {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		if n = n*10 + int64(c-'0'); n < 0 {
			return 0, false
		}
	}
	return n, true
}
