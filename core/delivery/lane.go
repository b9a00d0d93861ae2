package delivery

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/core/metrics"
	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// ErrHeld is returned by Run and Drain when the lane was drained and ended at the deadline with records undelivered.
var ErrHeld = errors.New("lane ended with records undelivered")

const (
	// maxAhead bounds the bytes that a lane takes beyond its lowest record without a final verdict.
	maxAhead = 64 << 20
	// verdictsPerTurn bounds how long a plugin that never stops answering keeps the lane from its other work.
	verdictsPerTurn = 256
	// drainPatience is how long a lane that drains goes on without an acceptance, when what is left is on the disk.
	drainPatience = time.Second
	// choreEvery is the least distance of the chores that follow news from the spool.
	choreEvery = 100 * time.Millisecond
)

// Lane is the run-time path of one destination. See the package's documentation for how it works.
//
// Run is called once. Drain and Status may be called by anyone, at any time.
type Lane struct {
	o       Options
	cursor  spool.Cursor
	dest    Destination
	dead    DeadLetters
	metrics *metrics.Destination
	log     hclog.Logger
	rand    *rand.Rand
	keys    *keyer
	// identity, rolledBack and dropNotes are as in Deps.
	identity   func() Identity
	rolledBack func(record.Position) (bool, error)
	dropNotes  func(spool.Drop)

	drain, stop, ended  chan struct{}
	drainOnce, stopOnce sync.Once
	started             atomic.Bool
	ask                 chan chan Status
	asides              chan *stepAside
	reopen              chan struct{} // one signal says all
	// final and result are written before ended is closed.
	final  Status
	result error

	// All below belongs to the goroutine of Run.

	parts   partitions
	window  window
	cuts    cuts
	free    []*flight
	reading reading
	reject  rejectLimit

	// more: the cursor may have records.
	more bool
	// lastTaken is the highest position taken, takenBytes how many bytes were. lastFlushed is the last of the last batch.
	lastTaken, lastFlushed record.Position
	takenBytes             int64
	// resume is the highest position that the destination has stored; what is at or below it is not sent again.
	resume record.Position
	// highSent is the highest position ever sent, highAccepted the highest accepted.
	highSent, highAccepted record.Position
	// delivered counts records.
	delivered uint64
	// deliveredBefore is what delivered was when the last batch failed.
	deliveredBefore uint64
	// settledRecords and settledBytes are not yet said to the cursor.
	settledRecords, settledBytes int64
	flushes                      [flushReasons]int64

	session   sessionState
	hardening hardening
	// owed are records that an earlier process had given up and maybe not stored the letters of.
	owed []positionRange
	// owedChanged: what the cursor's note says is not what is owed now.
	owedChanged bool
	rewinding   rewinding
	aside       *stepAside // nil: nobody wants the cursor
	deaths      deathState
	notes       notes

	draining, closing bool
	// progress is when something was accepted last, or the drain began.
	progress time.Time
	// overBound: the backlog may be over its bound.
	overBound bool
	// chores are to be done at the earliest at choresAt.
	chores   bool
	choresAt time.Time
	// pausedUntil is when the lane may send again.
	pausedUntil time.Time

	timer *time.Timer
	// armed is when timer fires; zero when it does not.
	armed time.Time
}

// New returns a lane that takes records with cursor, sends them to dest and gives up on them in dead.
func New(cursor spool.Cursor, dest Destination, dead DeadLetters, o Options, d Deps) *Lane {
	o = o.withDefaults()
	if d.Metrics == nil {
		d.Metrics = &metrics.Destination{}
	}
	if d.Log == nil {
		d.Log = hclog.NewNullLogger()
	}
	if d.Identity == nil {
		d.Identity = func() Identity { return Identity{} }
	}
	if d.Rand == nil {
		d.Rand = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	durable, _ := cursor.(spool.DurableCursor)
	var again cuts
	var owed []positionRange
	if durable != nil {
		again.expect(readCuts(durable.Note(), d.Resolver != nil))
		owed = readOwed(durable.Note())
	}
	l := &Lane{
		o: o, cursor: cursor, dest: dest, dead: dead,
		metrics: d.Metrics, log: d.Log, rand: d.Rand,
		keys: newKeyer(d.Identity(), o.Address),

		identity: d.Identity, rolledBack: d.RolledBack, dropNotes: d.RecordDrop,
		drain: make(chan struct{}), stop: make(chan struct{}), ended: make(chan struct{}),
		ask:      make(chan chan Status),
		asides:   make(chan *stepAside),
		reopen:   make(chan struct{}, 1),
		parts:    newPartitions(&o, d.Resolver),
		reject:   newRejectLimit(o.RejectLimit),
		more:     true,
		highSent: d.SentBefore,
		session:  newSessionState(),
		deaths:   newDeathState(),

		hardening: hardening{cursor: durable}, cuts: again, owed: owed,
	}
	l.usualRoom(&l.parts.only)
	return l
}

// Run runs the lane until it is drained, which returns nil, or until ctx is done or the deadline of Drain has passed,
// which ends the session at once. What is then undelivered stays with the cursor, and was counted nowhere.
func (l *Lane) Run(ctx context.Context) error {
	l.started.Store(true)
	defer close(l.ended)
	l.timer = time.NewTimer(time.Hour)
	l.timer.Stop()

	work, cancel := context.WithCancel(ctx)
	l.connect(work)
	err := l.loop(work)
	cancel()
	l.abandon()
	l.settle()
	l.noteOwed()
	l.mirror()
	l.final = l.status(time.Now())
	l.final.State = Ended
	l.discard()
	l.result = err
	return err
}

// Drain says that nothing more is appended for the destination: what the lane holds is sent at once, the plugin is
// asked to finish, and Run returns. Drain waits for that. When ctx is done first, the lane ends at once; what it then
// leaves undelivered is reported as ErrHeld. Run was called, or is going to be.
func (l *Lane) Drain(ctx context.Context) error {
	l.drainOnce.Do(func() { close(l.drain) })
	select {
	case <-l.ended:
	case <-ctx.Done():
		l.stopOnce.Do(func() { close(l.stop) })
		<-l.ended
	}
	return l.result
}

// loop is the lane's life. Each turn takes what has come, does what can be done, and waits.
func (l *Lane) loop(ctx context.Context) error {
	drain := l.drain
	var v Verdict
	var answered bool
	for {
		now := time.Now()
		if answered {
			l.answer(&v, now)
			l.answers(now)
			answered = false
		}
		l.advance(ctx, now)
		if l.finish(now); l.closing && l.session.idle() {
			return l.drained()
		}
		l.arm(now)

		select {
		case v, answered = <-l.session.verdicts:
			if !answered {
				l.session.closed()
			}
		case <-l.cursor.Ready():
			l.more, l.overBound, l.chores = true, true, true
		case <-l.timer.C:
			l.armed = time.Time{}
		case end := <-l.session.ends:
			l.sessionEnded(end, time.Now())
			if !l.closing && l.aside == nil {
				l.connect(ctx)
			}
		case c := <-l.session.connects:
			if err := l.connected(c); err != nil {
				return err
			}
		case err := <-l.deaths.done:
			l.buried(err, time.Now())
		case <-drain:
			drain = nil
			l.draining, l.more, l.progress = true, true, time.Now()
			l.dest.Hurry()
		case reply := <-l.ask:
			reply <- l.status(time.Now())
		case a := <-l.takesAside():
			l.aside = a
			l.session.flush()
		case err := <-l.aside.finished():
			l.backFromAside(ctx, err)
		case <-l.reopen:
			if l.session.info.Identity != l.identity() {
				l.session.flush()
			}
		case <-l.stop:
			return l.stopped(ErrHeld)
		case <-ctx.Done():
			return l.stopped(fmt.Errorf("run lane of %s: %w", l.o.Address, context.Cause(ctx)))
		}
	}
}

// stopped is the result of a lane that had to end: err, unless nothing is left and it was asked to end anyway.
func (l *Lane) stopped(err error) error {
	if l.closing {
		return nil
	}
	return err
}

// advance does everything that can be done now.
func (l *Lane) advance(ctx context.Context, now time.Time) {
	if at := l.session.barredUntil; past(at, now) && l.session.session != nil && !l.session.flushing {
		l.begin(now)
	}
	l.rewind(now)
	l.stepsAside()
	l.settle()
	l.expire(now)
	// What is dropped is dropped before it would be sent again, and what the lane took in excess at once.
	over := l.overBound
	l.overBound = false
	if over {
		l.relieve(now)
	}
	l.pump(now)
	if over {
		l.relieve(now)
	}
	l.noteOwed()
	l.bury(ctx, now)
	if l.chores && !now.Before(l.choresAt) {
		l.chores, l.choresAt = false, now.Add(choreEvery)
		l.mirror()
		l.detach()
	}
	l.settle()
}

// finish begins the end of a lane that is drained and has nothing left, or can leave what is left on the disk. A plugin
// that has everything that is left, and gathers, is asked to finish before.
func (l *Lane) finish(now time.Time) {
	s := &l.session
	if l.leaves(now) {
		l.closing = true
		s.finish()
		return
	}
	if l.closing || !l.draining || l.unread() || l.busy() || !l.parts.empty() || len(l.window.open) > s.held {
		return
	}
	if l.cursor.Backlog().Untaken > 0 {
		return // an append that was let in is not written yet, and says when it is
	}
	if s.held > 0 {
		if s.usable() {
			s.flushing = true
			s.session.CloseSend()
		}
		return
	}
	l.closing = true
	s.finish()
}

// leaves reports whether a lane that drains leaves what it has to the next process: it is on the disk, nobody has it now,
// and the destination does not take it.
func (l *Lane) leaves(now time.Time) bool {
	// One that waits to step aside has ended its session, and may wait for ever for its letters.
	alone := l.aside == nil || !l.aside.working && l.session.idle()
	return l.draining && !l.closing && alone && l.hardening.cursor != nil && l.window.count[sent] == 0 && l.window.count[burying] == 0 &&
		!now.Before(l.progress.Add(drainPatience))
}

// drained is the result of a lane that came to its end in order.
func (l *Lane) drained() error {
	l.settle()
	if l.cursor.Backlog().Records > 0 {
		return ErrHeld
	}
	return nil
}

// settle tells the cursor what was settled.
func (l *Lane) settle() {
	if l.settledRecords == 0 {
		return
	}
	l.cursor.Settle(l.frontier(), l.settledRecords, l.settledBytes)
	l.settledRecords, l.settledBytes = 0, 0
}

func (l *Lane) frontier() record.Position {
	above := l.lastTaken
	if len(l.cuts.aside) > 0 {
		above = l.cuts.aside[0].First - 1
	}
	return l.hardening.frontier(l.window.frontier(l.parts.frontier(above)))
}

// unread reports whether there may be records that no batch has.
func (l *Lane) unread() bool { return l.more || len(l.cuts.aside) > 0 }
