package delivery

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/skidway/skidway/core/record"
)

var errSend = errors.New("broken pipe")

// driver runs a lane step by step, with a clock of its own and without a goroutine.
type driver struct {
	t interface {
		Fatal(args ...any)
		Context() context.Context
	}
	lane    *Lane
	session *fakeSession
	now     time.Time
}

func newDriver(t testing.TB, r *rig, d Deps) *driver {
	d.Metrics = r.metrics
	l := New(r.cursor, r.dest, r.dead, r.lane.o, d)
	return &driver{t: t, lane: l, now: time.Unix(1_700_000_000, 0), session: newFakeSession(r.dest.info, nil)}
}

// connect gives the lane d's session.
func (d *driver) connect() {
	d.lane.session.cancel = func() {}
	if err := d.lane.connected(connection{session: d.session}); err != nil {
		d.t.Fatal(err)
	}
}

// turn lets time pass and the lane do what it can, dead letters included.
func (d *driver) turn(after time.Duration) {
	d.now = d.now.Add(after)
	d.lane.more, d.lane.overBound, d.lane.chores = true, true, true
	d.lane.advance(context.Background(), d.now)
	for d.lane.window.count[burying] > 0 {
		d.lane.deaths.goroutine.Wait()
		d.lane.buried(<-d.lane.deaths.done, d.now)
		d.lane.advance(context.Background(), d.now)
	}
}

// answer gives the lane a verdict.
func (d *driver) answer(v Verdict) { d.lane.answer(&v, d.now) }

// end ends the session and opens the next one, whose plugin resumes behind the position.
func (d *driver) end(e End, resume record.Position) {
	info := d.session.info
	info.ResumeAfter = resume
	d.session.crash(e)
	d.lane.session.verdicts = nil
	d.lane.sessionEnded(e, d.now)
	d.session = newFakeSession(info, nil)
	d.connect()
}
