package sdk

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

func TestVerdictOfAnError(t *testing.T) {
	boom := errors.New("boom")
	retry := func(code pluginv1.ErrorCode, message string) *pluginv1.DeliverResponse {
		return &pluginv1.DeliverResponse{
			BatchId: 9, Outcome: pluginv1.Outcome_OUTCOME_RETRY,
			Error: &pluginv1.ErrorInfo{Code: code, Message: message},
		}
	}
	throttled := retry(pluginv1.ErrorCode_ERROR_CODE_THROTTLED, "boom")
	throttled.RetryAfter = durationpb.New(3 * time.Second)
	for _, test := range []struct {
		name string
		err  error
		want *pluginv1.DeliverResponse
	}{
		{"plain", boom, retry(pluginv1.ErrorCode_ERROR_CODE_UNAVAILABLE, "boom")},
		{"wrapped", fmt.Errorf("post: %w", Unauthenticated(boom)), retry(pluginv1.ErrorCode_ERROR_CODE_UNAUTHENTICATED, "post: boom")},
		{"the outer of two", Retry(Reject(boom)), retry(pluginv1.ErrorCode_ERROR_CODE_UNAVAILABLE, "boom")},
		{"retry after", RetryAfter(boom, 3*time.Second), throttled},
		{"retry after less than nothing", RetryAfter(boom, -1), retry(pluginv1.ErrorCode_ERROR_CODE_THROTTLED, "boom")},
		{"nil is still no success", Retry(nil), retry(pluginv1.ErrorCode_ERROR_CODE_UNAVAILABLE, "no reason given")},
		{
			"a partial one that is retried as a whole", Retry(&PartialError{Rejected: map[int]string{0: "x"}}),
			retry(pluginv1.ErrorCode_ERROR_CODE_UNAVAILABLE, "records rejected: 1, to be retried: 0"),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, _ := verdictOf(9, 3, false, test.err)
			if diff := cmp.Diff(test.want, got, protocmp.Transform()); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPartialVerdicts(t *testing.T) {
	type named = map[int]string
	for _, test := range []struct {
		name            string
		n               int
		ordered         bool
		rejected, retry named
		want            string // index and outcome of each record, or what is wrong
	}{
		{"rejected", 3, false, named{2: "b", 0: "a"}, nil, "0 REJECTED a, 2 REJECTED b"},
		{"both", 3, false, named{1: "a"}, named{0: "b"}, "0 RETRY b, 1 REJECTED a"},
		{"index too large", 3, false, named{3: ""}, nil, "record 3 of a batch of 3"},
		{"index below 0", 3, false, nil, named{-1: ""}, "record -1 of a batch of 3"},
		{"named twice", 3, false, named{1: ""}, named{1: ""}, "record 1 is both"},
		{"ordered, rejected only", 3, true, named{0: "a"}, nil, "0 REJECTED a"},
		{"ordered, the tail retried", 3, true, nil, named{1: "", 2: ""}, "1 RETRY , 2 RETRY "},
		{
			"ordered, the tail retried or rejected", 4, true,
			named{0: "", 2: ""},
			named{1: "", 3: ""},
			"0 REJECTED , 1 RETRY , 2 REJECTED , 3 RETRY ",
		},
		{"ordered, the last accepted", 3, true, nil, named{1: ""}, "record 2 was stored after record 1"},
		{"ordered, one between accepted", 4, true, nil, named{1: "", 3: ""}, "record 2 was stored after record 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			records, err := (&PartialError{Rejected: test.rejected, Retry: test.retry}).verdicts(test.n, test.ordered)
			var parts []string
			for _, r := range records {
				parts = append(parts, fmt.Sprintf("%d %s %s", r.GetIndex(), r.GetOutcome().String()[len("OUTCOME_"):], r.GetReason()))
			}
			got := strings.Join(parts, ", ")
			if err != nil {
				got = err.Error()
			}
			if err == nil && got != test.want || err != nil && !strings.Contains(got, test.want) {
				t.Errorf("verdicts = %q, want %q", got, test.want)
			}
		})
	}
}

func TestPartialVerdictLeavesReasonsOutBeforeItGrowsTooLarge(t *testing.T) {
	e := &PartialError{Rejected: map[int]string{}}
	const n = 5000
	for i := range n {
		e.Rejected[i] = strings.Repeat("x", 2*maxMessage)
	}
	records, err := e.verdicts(n, false)
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, r := range records {
		total += len(r.GetReason())
	}
	if len(records) != n || total > reasonBudget || total < reasonBudget-maxMessage {
		t.Errorf("%d records with %d bytes of reasons, want %d records and about %d bytes", len(records), total, n, reasonBudget)
	}
}

func TestCutKeepsMessagesShortAndValid(t *testing.T) {
	long := strings.Repeat("x", maxMessage)
	for _, test := range []struct{ name, in, want string }{
		{"short", "abc", "abc"},
		{"exact", long, long},
		{"long", long + "y", long},
		{"invalid", "a\xff\xfeb", "a?b"},
		{"a character at the end", long[:maxMessage-1] + "é", long[:maxMessage-1]},
		{"a large character at the end", long[:maxMessage-3] + "😀", long[:maxMessage-3]},
		{"invalid throughout", strings.Repeat("\xff", 5000), "?"},
	} {
		if got := cut(test.in); got != test.want || !utf8.ValidString(got) || len(got) > maxMessage {
			t.Errorf("%s: cut gives %d bytes, %q", test.name, len(got), got)
		}
	}
}
