package delivery

import (
	"context"
	"time"

	"github.com/skidway/skidway/core/record"
)

// Destination opens sessions with a destination's plugin. It is implemented by pluginhost, which starts the process,
// waits out restarts and supervises.
type Destination interface {
	// Connect returns an open session, or ctx's error. It waits and tries again, however long it takes; the reason is
	// logged and shown by whoever implements it. The session before it has ended. The plugin is opened with the
	// identity that the positions of the lane have at that time.
	Connect(ctx context.Context) (Session, error)
	// Hurry says that the lane drains: there is little time left, so a wait before the next start is cut short, now and
	// from now on.
	Hurry()
}

// Session is one stream to one plugin process. Its methods are called by one lane goroutine.
type Session interface {
	// Info is what the plugin answered when it was opened.
	Info() SessionInfo
	// Send hands one batch to the stream. It does not wait for a verdict, and blocks no longer than it takes to queue
	// the batch. The batch's runs are lent to the transport. An error means that the session has ended or is about to:
	// Verdicts will be closed.
	//
	// The session may read b until Verdicts gave an answer other than Working with its id, or was closed and End
	// returned; after that the lane uses b again. So it must not pass on an answer to a batch that it has not encoded.
	Send(b *Batch) error
	// Verdicts delivers the plugin's answers in the order they came, and is closed when the stream has ended, after
	// the last answer. The lane drains it. A stalled reader stalls the stream, nothing else.
	Verdicts() <-chan Verdict
	// CloseSend begins the drain: the plugin finishes what it holds and the stream ends.
	CloseSend()
	// Stop ends the session at once, with the process, within bounded time. Verdicts is closed.
	Stop(reason string)
	// End says why the session ended; valid once Verdicts is closed. It blocks until the process is gone.
	End() End
}

// Identity is what positions belong to: within one identity a position names one record, and what is settled does not
// come again.
type Identity struct {
	SpoolID [16]byte
	Epoch   uint64
}

// SessionInfo is what a plugin says of itself when it is opened.
type SessionInfo struct {
	// Identity that the plugin was opened with.
	Identity Identity
	// Ordered: records must reach the destination in spool order at any window.
	Ordered bool
	// ResumeAfter is the highest position already stored at the destination; 0 when the plugin said nothing.
	ResumeAfter record.Position
	// StableBatches: batches are to be the same after a restart, because the plugin knows them by their keys.
	StableBatches bool
	// MaxBatchBytes is the largest batch the plugin takes, the last line feed not counted; 0: the protocol's limit, which
	// is also the most.
	MaxBatchBytes int
	// MaxHeldBytes is how many bytes of batches answered Working the plugin may have on top of the window.
	MaxHeldBytes int64
}

// End says how a session ended.
type End struct {
	// Drained: the stream ended after CloseSend, in order.
	Drained bool
	// SelfCaused: the plugin ended itself (exit, panic, fatal signal of its own). False for a kill from outside, for
	// our own kill because it hung, and for the out-of-memory killer.
	SelfCaused bool
	// Reason for people, for example "exit status 3; last line: panic: …".
	Reason string
}

// Outcome of a verdict.
type Outcome uint8

// Outcomes; see the protocol's Outcome.
const (
	Accepted Outcome = iota + 1
	Retry
	Rejected
	Partial
	Working
)

// Code is the kind of a failure; see the protocol's ErrorCode.
type Code uint8

// Codes of failure.
const (
	CodeNone Code = iota
	Unavailable
	Throttled
	Unauthenticated
	Misconfigured
	Invalid
	TooLarge
	OutOfOrder
	Internal
	Panic
)

// String returns the code as the protocol names it; "" for CodeNone.
func (c Code) String() string {
	switch c {
	case Unavailable:
		return "UNAVAILABLE"
	case Throttled:
		return "THROTTLED"
	case Unauthenticated:
		return "UNAUTHENTICATED"
	case Misconfigured:
		return "MISCONFIGURED"
	case Invalid:
		return "INVALID"
	case TooLarge:
		return "TOO_LARGE"
	case OutOfOrder:
		return "OUT_OF_ORDER"
	case Internal:
		return "INTERNAL"
	case Panic:
		return "PANIC"
	default:
		return ""
	}
}

// Verdict is the plugin's answer about a batch. pluginhost checks only what the wire needs; ids and indexes are
// checked by the lane, which knows what is open.
type Verdict struct {
	BatchID    uint64
	Outcome    Outcome
	Through    bool
	RetryAfter time.Duration // 0 to 5 min
	Code       Code
	Message    string // at most 1 KiB, valid UTF-8
	Records    []RecordVerdict
	// DurableThrough is meaningful when HasDurable is set.
	DurableThrough record.Position
	HasDurable     bool
}

// RecordVerdict is the verdict on one record of a batch with outcome Partial.
type RecordVerdict struct {
	Index   uint32
	Outcome Outcome // Retry or Rejected
	Reason  string  // at most 1 KiB, valid UTF-8
}
