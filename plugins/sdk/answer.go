package sdk

import (
	"errors"
	"fmt"
	"time"

	"github.com/skidway/skidway/plugins/sdk/internal/wire"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// inOrder says whether b may be written now. If an earlier batch has to come first, which an ordered destination knows
// from b's retries_seen, b is answered here and its memory is given back.
func (d *delivery) inOrder(b *Batch) bool {
	if !d.traits.Ordered || b.wire.RetriesSeen == d.given {
		return true
	}
	id := b.wire.ID
	if b.wire.RetriesSeen > d.given {
		d.intake.end(fmt.Errorf("%w: batch %d: retries_seen is %d after %d retries",
			errViolation, id, b.wire.RetriesSeen, d.given))
		return false
	}
	d.recycle(b)
	d.send(&pluginv1.DeliverResponse{
		BatchId: id,
		Outcome: pluginv1.Outcome_OUTCOME_RETRY,
		Error: &pluginv1.ErrorInfo{
			Code:    pluginv1.ErrorCode_ERROR_CODE_OUT_OF_ORDER,
			Message: "an earlier batch has to come first",
		},
	})
	return false
}

// answer sends the verdict on b for what the author's code returned, and gives b's memory back first.
func (d *delivery) answer(b *Batch, err error) {
	id, first, position, n := b.wire.ID, b.wire.First, b.wire.Last, b.Len()
	d.recycle(b)
	if err == nil {
		d.accept(id, first, position, false)
		return
	}
	// An error may be of the author's own making, and its methods are the author's code.
	var v *pluginv1.DeliverResponse
	judged := err
	if broken := contain(func() error {
		v, judged = verdictOf(id, n, d.traits.Ordered, err)
		return nil
	}); broken != nil {
		v, judged = verdictOf(id, n, d.traits.Ordered, broken)
	}
	d.report(judged, id)
	if d.traits.Ordered && retries(v) {
		d.given++
	}
	final := v.Outcome == pluginv1.Outcome_OUTCOME_ACCEPTED || v.Outcome == pluginv1.Outcome_OUTCOME_PARTIAL
	if final {
		d.mark.lower(first)
	}
	if final && !retries(v) { // records that come again come at positions that are not above these
		d.mark.accept(position)
	}
	d.send(v)
}

// accept sends ACCEPTED for a batch, or for every open one up to it, with the lowest and the highest position.
func (d *delivery) accept(id, first, position uint64, through bool) {
	d.mark.lower(first)
	d.mark.accept(position)
	d.sending.Lock()
	defer d.sending.Unlock()
	d.plain = wire.Verdict{BatchID: id, Outcome: pluginv1.Outcome_OUTCOME_ACCEPTED, Through: through}
	d.sendLocked(&d.plain)
}

// workingInterval is how long a sign of life makes further ones superfluous.
const workingInterval = 250 * time.Millisecond

// working sends WORKING for b, unless one was sent just now.
func (d *delivery) working(b *Batch) {
	now := int64(time.Since(d.begun))
	last := b.lastWorking.Load()
	if last != 0 && now-last < int64(workingInterval) || !b.lastWorking.CompareAndSwap(last, max(now, 1)) {
		return
	}
	d.sending.Lock()
	defer d.sending.Unlock()
	d.plain = wire.Verdict{BatchID: b.wire.ID, Outcome: pluginv1.Outcome_OUTCOME_WORKING}
	d.sendLocked(&d.plain)
}

// sendMark sends durable_through alone, if the router does not know it yet.
func (d *delivery) sendMark() {
	d.sending.Lock()
	defer d.sending.Unlock()
	if through, ok := d.mark.through(); !ok || through <= d.marked {
		return
	}
	d.plain = wire.Verdict{Outcome: pluginv1.Outcome_OUTCOME_WORKING}
	d.sendLocked(&d.plain)
}

// hush is called before the stream ends: what the author still says is for nobody.
func (d *delivery) hush() {
	d.mark.notify(nil)
	d.sending.Lock()
	defer d.sending.Unlock()
	d.silent = true
}

func (d *delivery) send(v *pluginv1.DeliverResponse) {
	d.sending.Lock()
	defer d.sending.Unlock()
	d.sendLocked(v)
}

// sendLocked sends m with what is durable. m is the caller's again when it returns. A failure ends the stream.
func (d *delivery) sendLocked(m any) {
	if d.silent {
		return
	}
	if through, ok := d.mark.through(); ok {
		d.marked = through
		switch v := m.(type) {
		case *wire.Verdict:
			v.DurableThrough, v.HasDurable = through, true
		case *pluginv1.DeliverResponse:
			v.DurableThrough = new(through)
		}
	}
	if err := d.stream.SendMsg(m); err != nil {
		d.intake.end(err)
	}
}

// report logs what the author of the plugin has to mend. Failures of the destination are the router's to log.
func (d *delivery) report(err error, id uint64) {
	var (
		panicked *panicError
		invalid  *invalidPartialError
	)
	switch {
	case errors.As(err, &panicked):
		d.log.Error("the plugin's code panicked", "batch", id, "panic", panicked.value, "stack", panicked.trace())
	case errors.As(err, &invalid):
		d.log.Error("the plugin's verdict was refused", "batch", id, "reason", invalid.reason)
	}
}
