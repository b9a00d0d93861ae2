package http

import (
	"testing"
	"time"
)

func TestRepeatedEventsAreCounted(t *testing.T) {
	r := newRepeated(nil)
	now := time.Now()
	for i, step := range []struct {
		kind  any
		after time.Duration
		left  int
		due   bool
	}{
		{400, 0, 0, true},
		{400, 0, 0, false},
		{"over", 0, 0, true}, // a kind of its own
		{400, repeatEvery - 1, 0, false},
		{400, repeatEvery, 2, true},
		{400, 2 * repeatEvery, 0, true},
	} {
		if left, due := r.due(step.kind, now.Add(step.after)); left != step.left || due != step.due {
			t.Errorf("event %d: %d left out, due %v, want %d, %v", i, left, due, step.left, step.due)
		}
	}
}
