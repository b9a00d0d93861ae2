package sdk

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/durationpb"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// Retry says that nothing was stored and that the same batch may succeed later. It is what any plain error means.
func Retry(err error) error {
	return newVerdictError(err, pluginv1.Outcome_OUTCOME_RETRY, pluginv1.ErrorCode_ERROR_CODE_UNAVAILABLE)
}

// RetryAfter says that nothing was stored and that the destination wants to be left alone for d; the router caps it at
// 5 minutes. It does not count as a failure of the destination.
func RetryAfter(err error, d time.Duration) error {
	e := newVerdictError(err, pluginv1.Outcome_OUTCOME_RETRY, pluginv1.ErrorCode_ERROR_CODE_THROTTLED)
	e.retryAfter = max(d, 0)
	return e
}

// Reject says that nothing was stored and that these records never will be: the router sets them aside as dead letters
// with the reason. From Open it says that only the user can mend it.
func Reject(err error) error {
	return newVerdictError(err, pluginv1.Outcome_OUTCOME_REJECTED, pluginv1.ErrorCode_ERROR_CODE_INVALID)
}

// TooLarge says that nothing was stored because the batch is too large: the router halves it. A single record that is
// too large becomes a dead letter.
func TooLarge(err error) error {
	return newVerdictError(err, pluginv1.Outcome_OUTCOME_RETRY, pluginv1.ErrorCode_ERROR_CODE_TOO_LARGE)
}

// Unauthenticated says that nothing was stored because the destination does not accept the credentials: the router
// keeps the records, retries slowly and shows the destination as degraded.
func Unauthenticated(err error) error {
	return newVerdictError(err, pluginv1.Outcome_OUTCOME_RETRY, pluginv1.ErrorCode_ERROR_CODE_UNAUTHENTICATED)
}

// Misconfigured says that nothing was stored because the destination can't work as configured: the router keeps the
// records, retries slowly and shows the destination as degraded.
func Misconfigured(err error) error {
	return newVerdictError(err, pluginv1.Outcome_OUTCOME_RETRY, pluginv1.ErrorCode_ERROR_CODE_MISCONFIGURED)
}

// PartialError is returned from Write when some records were stored and others were not. The maps go from a record's
// index to the reason; a record in neither is accepted. From a destination with Traits.Ordered every record after the
// first one in Retry must be in Retry or Rejected as well.
type PartialError struct {
	// Rejected records never will be stored: they become dead letters.
	Rejected map[int]string
	// Retry records come again, in a new batch.
	Retry map[int]string
}

// Error says how many records were not stored.
func (e *PartialError) Error() string {
	return fmt.Sprintf("records rejected: %d, to be retried: %d", len(e.Rejected), len(e.Retry))
}

// verdictError is an error that says what becomes of a batch.
type verdictError struct {
	err        error
	outcome    pluginv1.Outcome
	code       pluginv1.ErrorCode
	retryAfter time.Duration
}

func newVerdictError(err error, outcome pluginv1.Outcome, code pluginv1.ErrorCode) *verdictError {
	if err == nil {
		err = errors.New("no reason given")
	}
	return &verdictError{err: err, outcome: outcome, code: code}
}

func (e *verdictError) Error() string { return e.err.Error() }
func (e *verdictError) Unwrap() error { return e.err }

// invalidPartialError is why a PartialError can't be sent.
type invalidPartialError struct{ reason string }

func (e *invalidPartialError) Error() string {
	return "the plugin's verdict was invalid: " + e.reason
}

// verdictOf turns what Write returned for a batch of n records into the message for the router. err is not nil; it is
// returned as it stands, or as an invalidPartialError.
func verdictOf(id uint64, n int, ordered bool, err error) (*pluginv1.DeliverResponse, error) {
	v := &pluginv1.DeliverResponse{
		BatchId: id,
		Outcome: pluginv1.Outcome_OUTCOME_RETRY,
		Error:   &pluginv1.ErrorInfo{Code: pluginv1.ErrorCode_ERROR_CODE_UNAVAILABLE},
	}
	var (
		said     *verdictError
		partial  *PartialError
		invalid  *invalidPartialError
		panicked *panicError
	)
	if !errors.As(err, &panicked) && !errors.As(err, &said) && errors.As(err, &partial) {
		records, bad := partial.verdicts(n, ordered)
		switch {
		case bad != nil:
			err = bad
		case len(records) == 0:
			v.Outcome, v.Error = pluginv1.Outcome_OUTCOME_ACCEPTED, nil
			return v, err
		default:
			v.Outcome, v.Records = pluginv1.Outcome_OUTCOME_PARTIAL, records
			if len(partial.Rejected) > 0 {
				v.Error.Code = pluginv1.ErrorCode_ERROR_CODE_INVALID
			}
		}
	}
	switch {
	case panicked != nil:
		v.Error.Code = pluginv1.ErrorCode_ERROR_CODE_PANIC
	case said != nil:
		v.Outcome, v.Error.Code = said.outcome, said.code
		if said.retryAfter > 0 {
			v.RetryAfter = durationpb.New(said.retryAfter)
		}
	case errors.As(err, &invalid):
		v.Error.Code = pluginv1.ErrorCode_ERROR_CODE_INTERNAL
	}
	v.Error.Message = cut(text(err))
	return v, err
}

// withoutPartial returns err, or what is wrong with it when it names records, which WriteAll can't.
func withoutPartial(err error) error {
	var (
		said    *verdictError
		partial *PartialError
	)
	if !errors.As(err, &said) && errors.As(err, &partial) {
		return &invalidPartialError{"WriteAll returned a PartialError"}
	}
	return err
}

// reasonBudget is how many bytes of reasons one verdict carries; further ones are left out, not their records.
const reasonBudget = 1 << 20

// verdicts checks the error against a batch of n records and returns its records by rising index.
func (e *PartialError) verdicts(n int, ordered bool) ([]*pluginv1.RecordVerdict, error) {
	records := make([]*pluginv1.RecordVerdict, 0, len(e.Rejected)+len(e.Retry))
	firstRetry := n
	for i := range e.Retry {
		firstRetry = min(firstRetry, i)
	}
	add := func(indexes map[int]string, outcome pluginv1.Outcome) error {
		for i, reason := range indexes {
			if i < 0 || i >= n {
				return &invalidPartialError{fmt.Sprintf("record %d of a batch of %d", i, n)}
			}
			records = append(records, &pluginv1.RecordVerdict{Index: uint32(i), Outcome: outcome, Reason: reason})
		}
		return nil
	}
	if err := add(e.Rejected, pluginv1.Outcome_OUTCOME_REJECTED); err != nil {
		return nil, err
	}
	if err := add(e.Retry, pluginv1.Outcome_OUTCOME_RETRY); err != nil {
		return nil, err
	}
	slices.SortFunc(records, func(a, b *pluginv1.RecordVerdict) int { return int(a.Index) - int(b.Index) })

	budget, next := reasonBudget, firstRetry
	for i, r := range records {
		if i > 0 && records[i-1].Index == r.Index {
			return nil, &invalidPartialError{fmt.Sprintf("record %d is both rejected and to be retried", r.Index)}
		}
		if ordered && int(r.Index) >= firstRetry {
			if int(r.Index) != next {
				break
			}
			next++
		}
		r.Reason = cut(r.Reason)
		if budget -= len(r.Reason); budget < 0 {
			r.Reason = ""
		}
	}
	if ordered && next != n {
		return nil, &invalidPartialError{fmt.Sprintf(
			"the destination is ordered, and record %d was stored after record %d, which is to be retried", next, firstRetry)}
	}
	return records, nil
}

// retries says whether the router will count the verdict in retries_seen.
func retries(v *pluginv1.DeliverResponse) bool {
	switch v.Outcome {
	case pluginv1.Outcome_OUTCOME_RETRY:
		return v.Error.GetCode() != pluginv1.ErrorCode_ERROR_CODE_OUT_OF_ORDER
	case pluginv1.Outcome_OUTCOME_PARTIAL:
		return slices.ContainsFunc(v.Records, func(r *pluginv1.RecordVerdict) bool {
			return r.Outcome == pluginv1.Outcome_OUTCOME_RETRY
		})
	default:
		return false
	}
}

// maxMessage is the longest message the protocol carries, in bytes.
const maxMessage = 1024

// cut returns s as valid UTF-8 of at most maxMessage bytes.
func cut(s string) string {
	if len(s) > maxMessage+utf8.UTFMax {
		s = s[:maxMessage+utf8.UTFMax]
	}
	s = strings.ToValidUTF8(s, "?")
	if len(s) <= maxMessage {
		return s
	}
	end := maxMessage
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}
