package router

import (
	"testing"
	"time"
)

func TestForecast(t *testing.T) {
	const mib = 1 << 20
	steady := func(perSecond int64) func(int) int64 { return func(s int) int64 { return int64(s) * perSecond } }
	for name, test := range map[string]struct {
		seconds int // of history
		size    func(second int) int64
		limit   int64
		want    time.Duration
		ok      bool
	}{
		"nothing is known at once":                {0, steady(mib), 1000 * mib, 0, false},
		"steady growth":                           {60, steady(mib), 1000 * mib, 940 * time.Second, true},
		"steady growth over more than the window": {900, steady(mib), 1000 * mib, 100 * time.Second, true},
		"what began a minute ago counts from then": {
			300,
			func(s int) int64 { return int64(max(0, s-240)) * mib }, 1000 * mib, 940 * time.Second, true,
		},
		"what stays the same": {300, func(int) int64 { return 500 * mib }, 1000 * mib, 0, false},
		"what shrinks":        {300, func(s int) int64 { return int64(500-s) * mib }, 1000 * mib, 0, false},
		"up and down":         {300, func(s int) int64 { return int64(s%10) * mib }, 1000 * mib, 0, false},
		"what is full":        {300, steady(10 * mib), 1000 * mib, 0, false},
		"not in a year":       {60, steady(1), 1 << 50, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			var f forecast
			start := time.Unix(1_700_000_000, 0)
			at := func(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }
			for s := 0; s <= test.seconds; s += int(forecastEvery / time.Second) {
				f.note(at(s), test.size(s))
			}
			got, ok := f.fullIn(at(test.seconds), test.size(test.seconds), test.limit)
			if ok != test.ok || (got-test.want).Abs() > time.Second {
				t.Errorf("full in %s, %t; want %s, %t", got, ok, test.want, test.ok)
			}
		})
	}
}
