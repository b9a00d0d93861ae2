package expr

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// parseTimeFunc is parsetime(layout, text).
func parseTimeFunc() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "layout", Type: cty.String}, {Name: "text", Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			l, err := newLayout(args[0].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			t, err := l.parse(args[1].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgError(1, err)
			}
			return cty.StringVal(t.Format(time.RFC3339Nano)), nil
		},
	})
}

// unixTimeFunc is unixtime(time).
func unixTimeFunc() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "time", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Number),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			n, err := unixTime(args[0].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			return cty.ParseNumberVal(string(n.append(nil)))
		},
	})
}

// unixTime returns the seconds since 1970 UTC of a time in RFC 3339.
func unixTime(text string) (number, error) {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return number{}, errors.New("it is not a time in RFC 3339, such as 2026-11-23T07:00:00Z")
	}
	sec, nsec := t.Unix(), int64(t.Nanosecond())
	if nsec == 0 {
		return number{m: sec}, nil
	}
	// Years up to 9999 fit: 11 digits of seconds, but not always with nine more.
	e := int16(-9)
	for nsec%10 == 0 {
		nsec /= 10
		e++
	}
	scale := int64(1)
	for range -e {
		scale *= 10
	}
	if limit := (1<<63 - 1) / scale; sec >= limit || sec <= -limit {
		return number{}, errors.New("the time is too far from 1970 to be exact")
	}
	return number{m: sec*scale + nsec, e: e}, nil
}

// layout says how parsetime reads a text.
type layout struct {
	text string
	unit time.Duration // of a number since 1970; 0: text is a layout
}

// layoutNames are the layouts that have a name.
func layoutNames() map[string]layout {
	return map[string]layout{
		"RFC3339":  {text: time.RFC3339Nano},
		"RFC1123":  {text: time.RFC1123},
		"RFC1123Z": {text: time.RFC1123Z},
		"RFC822":   {text: time.RFC822},
		"RFC822Z":  {text: time.RFC822Z},
		"RFC850":   {text: time.RFC850},
		"ANSIC":    {text: time.ANSIC},
		"UnixDate": {text: time.UnixDate},
		"RubyDate": {text: time.RubyDate},
		"DateTime": {text: time.DateTime},
		"DateOnly": {text: time.DateOnly},
		"unix":     {unit: time.Second},
		"unix_ms":  {unit: time.Millisecond},
		"unix_us":  {unit: time.Microsecond},
		"unix_ns":  {unit: time.Nanosecond},
	}
}

// newLayout returns a layout by its name, or the one that is given as Go writes it.
func newLayout(text string) (layout, error) {
	if l, ok := layoutNames()[text]; ok {
		return l, nil
	}
	if (time.Time{}).Format(text) == text {
		return layout{}, errors.New("a layout is RFC3339, RFC1123, unix, unix_ms or another name, " +
			"or the time 2006-01-02 15:04:05 -0700 written as the texts are")
	}
	return layout{text: text}, nil
}

// parse reads a text as a time in UTC.
func (l layout) parse(text string) (time.Time, error) {
	var t time.Time
	if l.unit == 0 {
		var err error
		if t, err = time.ParseInLocation(l.text, text, time.UTC); err != nil {
			return t, fmt.Errorf("it is not written as %q", l.text)
		}
	} else {
		n, err := l.parseNumber(text)
		if err != nil {
			return t, err
		}
		t = n
	}
	if t = t.UTC(); t.Year() < 0 || t.Year() > 9999 {
		return t, errors.New("the year is not between 0 and 9999")
	}
	return t, nil
}

// parseNumber reads a number of units since 1970, which may have a fraction.
func (l layout) parseNumber(text string) (time.Time, error) {
	whole, fraction, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || len(fraction) > 9 {
		return time.Time{}, errors.New("it is not a number of seconds, or parts of them, since 1970")
	}
	var parts int64
	if fraction != "" {
		if parts, err = strconv.ParseInt((fraction + "000000000")[:9], 10, 64); err != nil || fraction[0] == '-' || fraction[0] == '+' {
			return time.Time{}, errors.New("it is not a number of seconds, or parts of them, since 1970")
		}
		if strings.HasPrefix(whole, "-") {
			parts = -parts
		}
	}
	per := int64(time.Second / l.unit)
	return time.Unix(n/per, n%per*int64(l.unit)+parts/per), nil
}
