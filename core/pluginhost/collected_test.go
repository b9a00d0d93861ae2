package pluginhost

import (
	"math"
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

func TestRecordsAreNotFromTheFuture(t *testing.T) {
	now := time.Unix(1000, 0)
	for name, c := range map[string]struct{ said, want int64 }{
		"not said":               {0, now.UnixNano()},
		"before 1970":            {-1, now.UnixNano()},
		"a while ago":            {5, 5},
		"now":                    {now.UnixNano(), now.UnixNano()},
		"in a moment":            {now.UnixNano() + 1, now.UnixNano()},
		"at the end of all time": {math.MaxInt64, now.UnixNano()},
	} {
		t.Run(name, func(t *testing.T) {
			m := &pluginv1.CollectResponse{
				BatchId: 1, Origins: []*pluginv1.Origin{{Count: 1, ReceivedUnixNano: c.said}}, Sizes: []uint32{1}, Data: []byte("a\n"),
			}
			checked := collected{source: "source.test.main", ids: record.NewIDs(now), window: 4}
			if err := checked.take(m); err != nil {
				t.Fatal(err)
			}
			for g := range checked.groups(m, now) {
				if got := g.Origin.ReceivedUnixNano; got != c.want {
					t.Errorf("received at %d, want %d", got, c.want)
				}
			}
		})
	}
}
