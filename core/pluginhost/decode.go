package pluginhost

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/record"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

const (
	// maxText is the longest message or reason that is kept, in bytes.
	maxText = 1 << 10
	// maxRetryAfter caps what a plugin may ask for.
	maxRetryAfter = 5 * time.Minute
)

var (
	errFieldNumber = errors.New("field number above protobuf's limit")
	errMalformed   = errors.New("malformed protobuf")
)

// verdictMessage receives a DeliverResponse. It accepts what a protobuf decoder accepts, and also strings that are not
// valid UTF-8, which it mends: an error would end the stream of a plugin that delivers well.
type verdictMessage struct {
	delivery.Verdict
	// maxRecords returns the most record verdicts that are kept. One more than the largest batch is enough for a verdict
	// that names more records than there are to be recognised, because then an index occurs twice or is out of range.
	maxRecords func() int

	retrySeconds int64
	retryNanos   int32
}

// decode replaces the verdict in m. Nothing in m aliases p afterwards.
func (m *verdictMessage) decode(p []byte) error {
	m.Verdict = delivery.Verdict{}
	m.retrySeconds, m.retryNanos = 0, 0
	err := eachField(p, func(f field) error {
		switch {
		case f.is(1, protowire.VarintType):
			m.BatchID = f.varint
		case f.is(2, protowire.VarintType):
			m.Outcome = outcomeOf(f.varint)
		case f.is(3, protowire.BytesType):
			return m.decodeRetryAfter(f.bytes)
		case f.is(4, protowire.BytesType):
			return m.decodeError(f.bytes)
		case f.is(5, protowire.BytesType):
			return m.decodeRecord(f.bytes)
		case f.is(6, protowire.VarintType):
			m.DurableThrough, m.HasDurable = record.Position(f.varint), true
		case f.is(7, protowire.VarintType):
			m.Through = f.varint != 0
		}
		return nil
	})
	m.RetryAfter = retryAfter(m.retrySeconds, m.retryNanos)
	return err
}

func (m *verdictMessage) decodeRetryAfter(p []byte) error {
	return eachField(p, func(f field) error {
		switch {
		case f.is(1, protowire.VarintType):
			m.retrySeconds = int64(f.varint)
		case f.is(2, protowire.VarintType):
			m.retryNanos = int32(f.varint) // protobuf's int32 is the low half of the varint
		}
		return nil
	})
}

func (m *verdictMessage) decodeError(p []byte) error {
	return eachField(p, func(f field) error {
		switch {
		case f.is(1, protowire.VarintType):
			m.Code = codeOf(f.varint)
		case f.is(2, protowire.BytesType):
			m.Message = boundedText(f.bytes)
		}
		return nil
	})
}

func (m *verdictMessage) decodeRecord(p []byte) error {
	var r delivery.RecordVerdict
	err := eachField(p, func(f field) error {
		switch {
		case f.is(1, protowire.VarintType):
			r.Index = uint32(f.varint) // protobuf's uint32 is the low half of the varint
		case f.is(2, protowire.VarintType):
			r.Outcome = outcomeOf(f.varint)
		case f.is(3, protowire.BytesType):
			r.Reason = boundedText(f.bytes)
		}
		return nil
	})
	if err == nil && len(m.Records) < m.maxRecords() {
		m.Records = append(m.Records, r)
	}
	return err
}

// field is one field of a message on the wire.
type field struct {
	number protowire.Number
	typ    protowire.Type
	varint uint64 // of a VarintType
	bytes  []byte // of a BytesType
}

func (f *field) is(n protowire.Number, t protowire.Type) bool { return f.number == n && f.typ == t }

// eachField calls do with every field of a message.
func eachField(p []byte, do func(field) error) error {
	for len(p) > 0 {
		f := field{}
		n := 0
		f.number, f.typ, n = protowire.ConsumeTag(p)
		if n < 0 {
			return fmt.Errorf("%w: %w", errMalformed, protowire.ParseError(n))
		}
		if f.number > protowire.MaxValidNumber {
			return errFieldNumber
		}
		p = p[n:]
		switch f.typ {
		case protowire.VarintType:
			f.varint, n = protowire.ConsumeVarint(p)
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(p)
		default:
			n = protowire.ConsumeFieldValue(f.number, f.typ, p)
		}
		if n < 0 {
			return fmt.Errorf("%w: %w", errMalformed, protowire.ParseError(n))
		}
		p = p[n:]
		if err := do(f); err != nil {
			return err
		}
	}
	return nil
}

// outcomeOf returns 0, which is no outcome, for a number that this release does not know.
func outcomeOf(v uint64) delivery.Outcome {
	switch pluginv1.Outcome(int32(v)) { // an enum on the wire is the low half of the varint
	case pluginv1.Outcome_OUTCOME_ACCEPTED:
		return delivery.Accepted
	case pluginv1.Outcome_OUTCOME_RETRY:
		return delivery.Retry
	case pluginv1.Outcome_OUTCOME_REJECTED:
		return delivery.Rejected
	case pluginv1.Outcome_OUTCOME_PARTIAL:
		return delivery.Partial
	case pluginv1.Outcome_OUTCOME_WORKING:
		return delivery.Working
	default:
		return 0
	}
}

// codeOf takes a code that this release does not know as none.
func codeOf(v uint64) delivery.Code {
	switch pluginv1.ErrorCode(int32(v)) { // an enum on the wire is the low half of the varint
	case pluginv1.ErrorCode_ERROR_CODE_UNAVAILABLE:
		return delivery.Unavailable
	case pluginv1.ErrorCode_ERROR_CODE_THROTTLED:
		return delivery.Throttled
	case pluginv1.ErrorCode_ERROR_CODE_UNAUTHENTICATED:
		return delivery.Unauthenticated
	case pluginv1.ErrorCode_ERROR_CODE_MISCONFIGURED:
		return delivery.Misconfigured
	case pluginv1.ErrorCode_ERROR_CODE_INVALID:
		return delivery.Invalid
	case pluginv1.ErrorCode_ERROR_CODE_TOO_LARGE:
		return delivery.TooLarge
	case pluginv1.ErrorCode_ERROR_CODE_OUT_OF_ORDER:
		return delivery.OutOfOrder
	case pluginv1.ErrorCode_ERROR_CODE_INTERNAL:
		return delivery.Internal
	case pluginv1.ErrorCode_ERROR_CODE_PANIC:
		return delivery.Panic
	default:
		return delivery.CodeNone
	}
}

// retryAfter turns the parts of a protobuf duration, which may be anything, into 0 to maxRetryAfter.
func retryAfter(seconds int64, nanos int32) time.Duration {
	if seconds > int64(maxRetryAfter/time.Second) {
		return maxRetryAfter
	}
	if seconds < -3 { // nanos make up for less than 3 s
		return 0
	}
	d := time.Duration(seconds)*time.Second + time.Duration(nanos)
	return min(max(d, 0), maxRetryAfter)
}

// boundedText copies p into a string of at most maxText bytes of valid UTF-8.
func boundedText(p []byte) string {
	if len(p) > maxText {
		p = p[:maxText]
		for i := 1; i <= utf8.UTFMax && i <= len(p); i++ {
			if utf8.RuneStart(p[len(p)-i]) {
				if !utf8.FullRune(p[len(p)-i:]) {
					p = p[:len(p)-i]
				}
				break
			}
		}
	}
	s := string(p)
	if utf8.ValidString(s) {
		return s
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	for len(s) > maxText {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s
}
