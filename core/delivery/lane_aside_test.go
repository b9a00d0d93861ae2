package delivery

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// TestRolledBackSpoolGoesOnUnderAnotherID: the plugin knows positions that the spool has never given.
func TestRolledBackSpoolGoesOnUnderAnotherID(t *testing.T) {
	o := onDisk(t, SessionInfo{Ordered: true, ResumeAfter: 5000})
	inBubble(t, o, func(t *testing.T, r *rig) {
		if n := len(r.dest.sessions); n != 2 {
			t.Fatalf("%d sessions were opened, want 2", n)
		}
		before, now := r.dest.sessions[0].info.Identity, r.session().info.Identity
		if before == now || now.SpoolID != r.spool.ID() {
			t.Errorf("the sessions had the identities %v and %v; the spool is %x", before, now, r.spool.ID())
		}
		r.append(10)
		got := r.want("5001-5010")
		r.answer(accepted(got[0]))
		r.check(10, 0, 0, 0)
	})
}

// TestSteppingAside replays what was delivered while the lane has batches in every state.
func TestSteppingAside(t *testing.T) {
	o := onDisk(t, SessionInfo{Ordered: true})
	o.retain = time.Hour
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(45)
		got := r.want("1-10", "11-20", "21-30", "31-40")
		r.answer(accepted(got[0]), accepted(got[1]))
		was := r.session().info.Identity

		var report spool.ReplayReport
		done := make(chan error, 1)
		go func() {
			done <- r.lane.StepAside(t.Context(), func() (err error) {
				report, err = r.spool.(*spool.Disk).Replay(t.Context(), address, spool.ReplayOptions{})
				return err
			})
		}()
		r.answer(accepted(got[2]), retry(got[3])) // the drain of the session waits for them
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if report.Records != 30 || report.Waiting != 15 {
			t.Errorf("the replay: %+v", report)
		}
		if now := r.session().info.Identity; now.Epoch <= was.Epoch || now.Epoch != report.Epoch {
			t.Errorf("the epoch went from %d to %d, want %d", was.Epoch, now.Epoch, report.Epoch)
		}
		var all []record.Position
		for range 5 {
			for _, s := range r.take() {
				all = append(all, s.positions...)
				r.answer(accepted(s))
			}
			r.after(10 * time.Second)
		}
		if s := stretch(all); s != "1-45" {
			t.Errorf("after the replay came %s", s)
		}
		r.appended += 30 // the ledger counts them twice
		r.check(75, 0, 0, 0)
	})
}

func TestSteppingAsideFromAPluginThatCannotBeStarted(t *testing.T) {
	o := onDisk(t, SessionInfo{Ordered: true})
	o.down = true
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(5)
		refused := errors.New("refused")
		if err := r.lane.StepAside(t.Context(), func() error { return refused }); !errors.Is(err, refused) {
			t.Errorf("StepAside: %v", err)
		}
		close(r.dest.down)
		r.append(5)
		r.want("1-10")
	})
}

func TestNobodyWaitsForALaneThatEnded(t *testing.T) {
	inBubble(t, onDisk(t, SessionInfo{}), func(t *testing.T, r *rig) {
		if err := r.lane.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := r.lane.StepAside(t.Context(), func() error { return nil }); !errors.Is(err, errLaneEnded) {
			t.Errorf("StepAside: %v", err)
		}
	})
	inBubble(t, onDisk(t, SessionInfo{}), func(t *testing.T, r *rig) {
		r.append(10)
		r.want("1-10")
		r.session().lingers = true // the plugin has the batch, and does not come to an end
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := r.lane.StepAside(ctx, func() error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("StepAside: %v", err)
		}
	})
}
