package delivery

import "time"

const (
	// rejectRecords and rejectBatches are the least that the share of rejections is taken of, once there are so many.
	rejectRecords, rejectBatches = 1000, 3
	// probeEvery is how often a lane that holds sends a batch.
	probeEvery = time.Minute
)

// rejectLimit watches the share of rejected records, and says when the lane is to hold: a destination that refuses most
// of what it gets is more likely wrong than the records.
type rejectLimit struct {
	// limit is the share above which the lane holds; 1 or more: never.
	limit float64

	// recent is a ring of the last batches, oldest at head: the fewest that hold rejectRecords records and are
	// rejectBatches.
	recent            []tally
	head, n           int
	records, rejected int

	holding bool
	// nextProbe is when the next batch may be sent while holding.
	nextProbe time.Time
}

type tally struct{ records, rejected int }

func newRejectLimit(limit float64) rejectLimit {
	// Batches of one record fill the most; one more comes before the oldest goes.
	return rejectLimit{limit: limit, recent: make([]tally, rejectRecords+rejectBatches+1)}
}

// judge counts the final verdict on a batch, or on the part of it that has one, and reports whether its rejected
// records stay in the spool. probe says that the batch was sent as a probe.
func (l *rejectLimit) judge(records, rejected int, probe bool, now time.Time) (keep bool) {
	if l.limit >= 1 || records == 0 {
		return false
	}
	if l.holding {
		if !probe || over(rejected, records, l.limit) {
			return rejected > 0
		}
		*l = rejectLimit{limit: l.limit, recent: l.recent}
		return false
	}
	l.push(tally{records, rejected})
	if l.n < rejectBatches || !over(l.rejected, l.records, l.limit) {
		return false
	}
	l.holding, l.nextProbe = true, now.Add(probeEvery)
	return rejected > 0
}

// probed says that a probe was sent.
func (l *rejectLimit) probed(now time.Time) { l.nextProbe = now.Add(probeEvery) }

func (l *rejectLimit) push(t tally) {
	l.recent[(l.head+l.n)%len(l.recent)] = t
	l.n++
	l.records += t.records
	l.rejected += t.rejected
	for l.n > rejectBatches && l.records-l.recent[l.head].records >= rejectRecords {
		l.records -= l.recent[l.head].records
		l.rejected -= l.recent[l.head].rejected
		l.head = (l.head + 1) % len(l.recent)
		l.n--
	}
}

func over(rejected, records int, limit float64) bool {
	return float64(rejected) > limit*float64(records)
}
