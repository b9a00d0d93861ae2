package config

import (
	"regexp"
	"strings"
)

// quantityPattern is a number with what was taken for a unit.
var quantityPattern = regexp.MustCompile(`^\s*([0-9]{1,20}(?:\.[0-9]{1,20})?)\s*([A-Za-zµ]*)\s*$`)

// durationAdvice says how a text that is no duration was probably meant.
func durationAdvice(text string) string {
	m := quantityPattern.FindStringSubmatch(text)
	if m == nil {
		return durationHint
	}
	unit := map[string]string{
		"": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s", "min": "m", "mins": "m", "minute": "m", "minutes": "m",
		"hr": "h", "hrs": "h", "hour": "h", "hours": "h", "day": "d", "days": "d",
		"msec": "ms", "millis": "ms", "millisecond": "ms", "milliseconds": "ms",
		"s": "s", "m": "m", "h": "h", "d": "d", "ms": "ms",
	}[strings.ToLower(m[2])]
	return advice(m[1]+unit, unit, durationHint)
}

// bytesAdvice says how a text that is no size was probably meant.
func bytesAdvice(text string) string {
	m := quantityPattern.FindStringSubmatch(text)
	if m == nil {
		return bytesHint
	}
	given := strings.ToLower(m[2])
	unit := map[string]string{
		"": "B", "byte": "B", "bytes": "B", "k": "KiB", "m": "MiB", "g": "GiB", "t": "TiB", "ki": "KiB", "mi": "MiB", "gi": "GiB", "ti": "TiB",
	}[given]
	for _, u := range byteUnits() {
		if strings.ToLower(u.name) == given {
			unit = u.name
		}
	}
	return advice(m[1]+unit, unit, bytesHint)
}

// shareAdvice is bytesAdvice for what may be a percentage too.
func shareAdvice(text string) string {
	if a := bytesAdvice(text); a != bytesHint {
		return a
	}
	return shareHint
}

func advice(meant, unit, hint string) string {
	if unit == "" {
		return hint
	}
	return "Did you mean \"" + meant + "\"? " + hint
}
