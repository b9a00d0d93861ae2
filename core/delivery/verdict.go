package delivery

import "fmt"

// action is what a verdict asks of the lane.
type action uint8

const (
	// actInvalid: the verdict contradicts the protocol; the whole batch is sent again.
	actInvalid action = iota
	actAccept
	actRetry
	// actOutOfOrder: the batch was not touched, because an earlier one comes first.
	actOutOfOrder
	actReject
	actHalve
	actPartial
	// actNone: a sign of life.
	actNone
)

// reading turns verdicts on batches into actions. It keeps memory between calls; the zero value is ready.
type reading struct {
	// marks of the last partial verdict: what became of each record. 0: accepted.
	marks []mark
	// rejected and retried count marks.
	rejected, retried int
}

type mark struct {
	outcome Outcome
	reason  string
}

// read judges v, a verdict on b from a destination that is ordered or not. retries is how many retry verdicts came in
// the session. why says what is wrong with an invalid verdict.
func (r *reading) read(v *Verdict, b *Batch, ordered bool, retries uint64) (a action, why string) {
	switch v.Outcome {
	case Accepted:
		return actAccept, ""
	case Working:
		return actNone, ""
	case Partial:
		return r.partial(v, b, ordered)
	case Retry, Rejected:
		switch {
		case v.Code == TooLarge && b.Records > 1:
			return actHalve, ""
		case v.Code == TooLarge || v.Outcome == Rejected:
			return actReject, ""
		case v.Code != OutOfOrder:
			return actRetry, ""
		case !ordered:
			return actInvalid, "out of order from a destination that is not ordered"
		case b.RetriesSeen >= retries:
			return actInvalid, "out of order although no earlier batch is to be retried"
		default:
			return actOutOfOrder, ""
		}
	default:
		return actInvalid, fmt.Sprintf("unknown outcome %d", v.Outcome)
	}
}

func (r *reading) partial(v *Verdict, b *Batch, ordered bool) (action, string) {
	if len(v.Records) > b.Records {
		return actInvalid, "more records named than the batch holds"
	}
	if cap(r.marks) < b.Records {
		r.marks = make([]mark, b.Records)
	}
	r.marks = r.marks[:b.Records]
	clear(r.marks)
	r.rejected, r.retried = 0, 0
	first := uint32(b.Records)
	for _, n := range v.Records {
		switch {
		case uint64(n.Index) >= uint64(b.Records):
			return actInvalid, fmt.Sprintf("record %d of a batch of %d", n.Index, b.Records)
		case r.marks[n.Index].outcome != 0:
			return actInvalid, fmt.Sprintf("record %d named twice", n.Index)
		case n.Outcome == Rejected:
			r.rejected++
		case n.Outcome == Retry:
			r.retried++
			first = min(first, n.Index)
		default:
			return actInvalid, fmt.Sprintf("outcome %d for a record", n.Outcome)
		}
		r.marks[n.Index] = mark{n.Outcome, n.Reason}
	}
	if ordered {
		for i := int(first); i < b.Records; i++ {
			if r.marks[i].outcome == 0 {
				return actInvalid, fmt.Sprintf("record %d accepted after record %d, which is to be retried", i, first)
			}
		}
	}
	return actPartial, ""
}

// passed reports whether the last partial verdict accepted a record behind one that it rejected.
func (r *reading) passed() bool {
	rejected := false
	for _, m := range r.marks {
		if rejected && m.outcome == 0 {
			return true
		}
		rejected = rejected || m.outcome == Rejected
	}
	return false
}

// counted reports whether an ordered plugin counts v among those that retries_seen is compared with. It does not
// matter whether v is valid: the plugin gave it.
func counted(v *Verdict) bool {
	switch v.Outcome {
	case Retry:
		return v.Code != OutOfOrder
	case Partial:
		for _, n := range v.Records {
			if n.Outcome == Retry {
				return true
			}
		}
	default:
	}
	return false
}
