package config

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// What errors about units tell the user to do.
const (
	durationHint = `Durations are numbers with a unit, such as "500ms" or "1h30m". Units: ns, us, ms, s, m, h, d.`
	bytesHint    = `Sizes are numbers with a unit, such as "64MiB". Units: B, KB, MB, GB, TB, KiB, MiB, GiB, TiB.`
)

var (
	errNotDuration = errors.New("not a duration")
	errNotBytes    = errors.New("not a size")
	errTooLarge    = errors.New("too large")
)

var (
	daysPattern  = regexp.MustCompile(`^([0-9]{1,9}(?:\.[0-9]{1,9})?)d(.*)$`)
	bytesPattern = regexp.MustCompile(`^([0-9]{1,20}(?:\.[0-9]{1,20})?)([A-Za-z]+)$`)
)

// byteUnit returns the bytes of a unit of size; 0 when there is no such unit.
func byteUnit(name string) int64 {
	for _, u := range byteUnits() {
		if u.name == name {
			return u.bytes
		}
	}
	return 0
}

type unit struct {
	name  string
	bytes int64
}

// byteUnits are all units of size, binary ones first, large ones first.
func byteUnits() []unit {
	return []unit{
		{"TiB", 1 << 40},
		{"GiB", 1 << 30},
		{"MiB", 1 << 20},
		{"KiB", 1 << 10},
		{"TB", 1e12},
		{"GB", 1e9},
		{"MB", 1e6},
		{"KB", 1e3},
		{"B", 1},
	}
}

// parseBytes reads a size; a fraction of a byte is cut off.
func parseBytes(s string) (int64, error) {
	m := bytesPattern.FindStringSubmatch(s)
	if m == nil {
		return 0, errNotBytes
	}
	u := byteUnit(m[2])
	if u == 0 {
		return 0, errNotBytes
	}
	n, ok := new(big.Rat).SetString(m[1])
	if !ok {
		return 0, errNotBytes
	}
	n.Mul(n, new(big.Rat).SetInt64(u))
	whole := new(big.Int).Quo(n.Num(), n.Denom())
	if !whole.IsInt64() {
		return 0, errTooLarge
	}
	return whole.Int64(), nil
}

// formatBytes writes a size so that it reads back exactly, in the unit that makes it shortest with at most one decimal;
// in bytes when none does.
func formatBytes(n int64) string {
	best := ""
	for _, u := range byteUnits() {
		text := ""
		switch {
		case n < u.bytes || n == 0 || u.bytes == 1:
			continue
		case n%u.bytes == 0:
			text = strconv.FormatInt(n/u.bytes, 10) + u.name
		case n <= math.MaxInt64/12:
			// Fewest tenths that are not less; a fraction of a byte is cut off when they are read.
			tenths := (n*10 + u.bytes - 1) / u.bytes
			if tenths*u.bytes/10 != n {
				continue
			}
			text = fmt.Sprintf("%d.%d%s", tenths/10, tenths%10, u.name)
		default:
			continue
		}
		if best == "" || len(text) < len(best) {
			best = text
		}
	}
	if best == "" {
		return strconv.FormatInt(n, 10) + "B"
	}
	return best
}

// aboutBytes writes a size for a sentence, rounded to two decimals of a binary unit.
func aboutBytes(n int64) string {
	for _, u := range byteUnits()[:4] {
		if n >= u.bytes {
			s := strconv.FormatFloat(float64(n)/float64(u.bytes), 'f', 2, 64)
			return strings.TrimSuffix(strings.TrimRight(s, "0"), ".") + u.name
		}
	}
	return strconv.FormatInt(n, 10) + "B"
}

// parseDuration reads Go's durations with days besides. Negative ones are none.
func parseDuration(s string) (time.Duration, error) {
	var days time.Duration
	rest := s
	if m := daysPattern.FindStringSubmatch(s); m != nil {
		f, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			return 0, errNotDuration
		}
		if ns := f * float64(24*time.Hour); ns >= math.MaxInt64 {
			return 0, errTooLarge
		}
		days = time.Duration(f * float64(24*time.Hour))
		if rest = m[2]; rest == "" {
			return days, nil
		}
	}
	if strings.HasPrefix(rest, "-") || strings.HasPrefix(rest, "+") {
		return 0, errNotDuration
	}
	d, err := time.ParseDuration(rest)
	if err != nil {
		return 0, errNotDuration
	}
	if d > math.MaxInt64-days {
		return 0, errTooLarge
	}
	return days + d, nil
}

// formatDuration writes a duration in the largest whole unit, as people write it.
func formatDuration(d time.Duration) string {
	for _, u := range [...]struct {
		name string
		size time.Duration
	}{
		{"d", 24 * time.Hour},
		{"h", time.Hour},
		{"m", time.Minute},
		{"s", time.Second},
		{"ms", time.Millisecond},
		{"us", time.Microsecond},
		{"ns", time.Nanosecond},
	} {
		if d >= u.size && d%u.size == 0 {
			return strconv.FormatInt(int64(d/u.size), 10) + u.name
		}
	}
	if d == 0 {
		return "0s"
	}
	return d.String()
}
