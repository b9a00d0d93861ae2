package http

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/skidway/skidway/plugins/sdk"
)

func TestVerdict(t *testing.T) {
	now := time.Date(2031, 7, 23, 7, 0, 0, 0, time.UTC)
	date := func(after time.Duration) string { return now.Add(after).Format(http.TimeFormat) }
	for _, test := range []struct {
		status int
		after  string
		want   func(error) error
	}{
		{300, "", sdk.Misconfigured},
		{301, "", sdk.Misconfigured},
		{304, "", sdk.Misconfigured},
		{307, "", sdk.Misconfigured},
		{400, "", sdk.Reject},
		{401, "", sdk.Unauthenticated},
		{402, "", sdk.Misconfigured},
		{403, "", sdk.Unauthenticated},
		{404, "", sdk.Misconfigured},
		{405, "", sdk.Misconfigured},
		{407, "", sdk.Unauthenticated},
		{408, "", sdk.Retry},
		{409, "", sdk.Misconfigured},
		{413, "", sdk.TooLarge},
		{415, "", sdk.Misconfigured},
		{422, "", sdk.Reject},
		{425, "", sdk.Retry},
		{429, "", retryAfterOf(0)},
		{500, "", sdk.Retry},
		{502, "", sdk.Retry},
		{503, "", sdk.Retry},
		{504, "", sdk.Retry},
		{599, "", sdk.Retry},
		{999, "", sdk.Misconfigured},
		{429, "7", retryAfterOf(7 * time.Second)},
		{503, "0", retryAfterOf(0)},
		{503, " 120 ", retryAfterOf(2 * time.Minute)},
		{503, "300", retryAfterOf(5 * time.Minute)},
		{503, "301", retryAfterOf(5 * time.Minute)},
		{503, "99999999999999999999999", retryAfterOf(5 * time.Minute)},
		{503, date(90 * time.Second), retryAfterOf(90 * time.Second)},
		{503, date(time.Hour), retryAfterOf(5 * time.Minute)},
		{503, date(-time.Hour), retryAfterOf(0)},
		{503, now.Add(30 * time.Second).Format(time.RFC850), retryAfterOf(30 * time.Second)},
		{503, now.Add(30 * time.Second).Format(time.ANSIC), retryAfterOf(30 * time.Second)},
		{503, "soon", sdk.Retry},
		{503, "-5", sdk.Retry},
		{503, "1.5", sdk.Retry},
		{503, "5s", sdk.Retry},
		{408, "3", retryAfterOf(3 * time.Second)},
		{400, "3", sdk.Reject},
		{401, "3", sdk.Unauthenticated},
	} {
		err := verdict(test.status, http.Header{"Retry-After": {test.after}}, now, "text")
		wantVerdict(t, http.StatusText(test.status)+" "+test.after, err, test.want)
		if err.Error() != "text" {
			t.Errorf("text of %d = %q", test.status, err)
		}
	}
	for status := 100; status < 600; status++ {
		if got, want := accepted(status), status >= 200 && status <= 299; got != want {
			t.Errorf("accepted(%d) = %v, want %v", status, got, want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	var s secrets
	for _, secret := range []string{"hunter22", "", "abc"} {
		s.add(secret)
	}
	for name, test := range map[string]struct{ answer, want string }{
		"empty":                  {"", ""},
		"only white space":       {" \r\n", ""},
		"text":                   {"no such index\n", `"no such index"`},
		"control characters":     {"a\r\nb\x1b[31m\x00", `"a\r\nb\x1b[31m\x00"`},
		"invalid UTF-8":          {"a\xff", `"a\xff"`},
		"exactly 200 bytes":      {strings.Repeat("x", 200), `"` + strings.Repeat("x", 200) + `"`},
		"more than 200 bytes":    {strings.Repeat("x", 5000), `"` + strings.Repeat("x", 200) + `"…`},
		"rune at the cut":        {strings.Repeat("x", 199) + "é!", `"` + strings.Repeat("x", 199) + `"…`},
		"secret":                 {"bad token: hunter22.", `"bad token: (sensitive)."`},
		"secret across the cut":  {strings.Repeat("x", 196) + "hunter22", `"` + strings.Repeat("x", 196) + `(sen"…`},
		"very short secret":      {"abc", `"abc"`},
		"invalid UTF-8 to a cut": {strings.Repeat("\xbf", 300), `"` + strings.Repeat(`\xbf`, 196) + `"…`},
	} {
		if got := s.excerpt(strings.NewReader(test.answer)); got != test.want {
			t.Errorf("%s: excerpt = %s, want %s", name, got, test.want)
		}
	}
}

func TestFailure(t *testing.T) {
	cause := errors.New("connection refused")
	err := failure("POST http://x/", cause)
	wantVerdict(t, "network error", err, sdk.Retry)
	if !errors.Is(err, cause) || err.Error() != "POST http://x/: connection refused" {
		t.Errorf("failure = %q", err)
	}
	alert := &net.OpError{Op: "remote error", Err: errors.New("tls: unknown certificate authority")}
	wantVerdict(t, "refused certificate", failure("POST https://x/", alert), sdk.Misconfigured)
}
