package delivery

import (
	"strconv"
	"time"
)

// notes is what the lane remembers for the log and the status.
type notes struct {
	// degraded says why the destination does not work; empty: it does.
	degraded string
	// trouble: a line about a failure was written since the last acceptance.
	trouble bool
	// resumes: it was said that the plugin's resume_after is ignored.
	resumes bool
	// droppedFull, droppedExpired and droppedDamaged are what was counted of the spool's drops.
	droppedFull, droppedExpired, droppedDamaged int64

	retries, degradations, invalids, drops, deaths limiter
}

// degrade says that the destination does not work, and why.
func (l *Lane) degrade(reason string, now time.Time) {
	l.notes.degraded = reason
	if n, ok := l.notes.degradations.allow(now, 1); ok {
		l.notes.trouble = true
		l.log.Warn("destination degraded: its records are kept and tried again", "reason", reason, "times", n)
	}
}

// recovered says that the destination works again.
func (l *Lane) recovered() {
	l.notes.degraded = ""
	if l.notes.trouble {
		l.notes.trouble = false
		l.log.Info("destination accepts records again")
	}
}

func (l *Lane) retrying(f *flight, now time.Time) {
	if n, ok := l.notes.retries.allow(now, 1); ok {
		l.notes.trouble = true
		l.log.Warn("batch is to be sent again", "code", f.code.String(), "reason", f.reason,
			"attempt", f.Attempt, "first_position", uint64(f.First()), "records", f.Records,
			"delay", f.notBefore.Sub(now).Round(time.Millisecond).String(), "batches", n)
	}
}

func (l *Lane) invalid(v *Verdict, why string, now time.Time) {
	l.metrics.InvalidVerdicts.Add(1)
	if n, ok := l.notes.invalids.allow(now, 1); ok {
		l.log.Warn("plugin gave an invalid verdict: the batch is sent again; the plugin needs mending", "batch", v.BatchID, "why", why, "verdicts", n)
	}
}

func (l *Lane) dropped(reason string, records int64, now time.Time) {
	if n, ok := l.notes.drops.allow(now, records); ok {
		l.log.Warn("records dropped", "reason", reason, "records", n)
	}
}

func (l *Lane) lettered(f *flight, now time.Time) {
	if n, ok := l.notes.deaths.allow(now, int64(f.Records)); ok {
		l.log.Warn("records dead-lettered", "code", f.code.String(), "reason", f.reason,
			"records", n, "first_position", uint64(f.First()))
	}
}

// held says that the lane began to hold because of rejections, or no longer does.
func (l *Lane) held() {
	if l.reject.holding {
		l.log.Warn("destination rejects too much: holding, with one batch a minute as a probe; mend the destination or raise reject_limit",
			"rejected", l.reject.rejected, "of", l.reject.records, "reject_limit", l.o.RejectLimit)
		return
	}
	l.log.Info("destination takes records again: no longer holding")
}

func uintString(n uint64) string { return strconv.FormatUint(n, 10) }
