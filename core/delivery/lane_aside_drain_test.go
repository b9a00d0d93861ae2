package delivery

import (
	"context"
	"testing"
	"time"
)

// Somebody asks for a replay while dead letters can't be stored, so the lane waits before it steps aside. The router is
// to end: all that is left is on the disk, and nobody has it.
func TestDrainIsShortWhileTheLaneWaitsToStepAside(t *testing.T) {
	for name, dead := range map[string]DeadLetters{"refuses": newFullStore(true)} {
		t.Run(name, func(t *testing.T) {
			o := onDisk(t, SessionInfo{Ordered: true})
			o.dead = dead
			inBubble(t, o, func(t *testing.T, r *rig) {
				rejectedThenStored(r)
				aside, give := context.WithTimeout(t.Context(), time.Second)
				defer give()
				err := r.lane.StepAside(aside, func() error { return nil })
				t.Log("step aside:", err)
				began := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				err = r.lane.Drain(ctx)
				if took := time.Since(began); took > 2*drainPatience {
					t.Errorf("the drain took %s: %v", took, err)
				}
			})
		})
	}
}
