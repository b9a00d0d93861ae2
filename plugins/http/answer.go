package http

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/skidway/skidway/plugins/internal/peer"
	"github.com/skidway/skidway/plugins/sdk"
)

const (
	// maxRetryAfter caps what a server may ask for.
	maxRetryAfter = 5 * time.Minute
	// maxExcerpt is how much of an answer an error shows, in bytes before escaping.
	maxExcerpt = 200
	// maxScanned is how much of an answer is searched for secrets before an excerpt is taken.
	maxScanned = 4 << 10
	// maxDrained is how much of an answer is read so that the connection can be used again, in bytes. A longer one
	// costs the connection.
	maxDrained = 64 << 10
)

// accepted reports whether the status says that the server has the batch.
func accepted(status int) bool { return status/100 == 2 }

// verdict turns an answer that does not accept the batch into the error for the router. text says which request it was
// and what the server said. Nothing here depends on the body: servers differ too much in what they put there.
func verdict(status int, h http.Header, now time.Time, text string) error {
	err := errors.New(text)
	after, given := retryAfter(h.Get("Retry-After"), now)
	switch {
	case status == http.StatusBadRequest || status == http.StatusUnprocessableEntity:
		return sdk.Reject(err)
	case status == http.StatusRequestEntityTooLarge:
		return sdk.TooLarge(err)
	case status == http.StatusTooManyRequests:
		return sdk.RetryAfter(err, after)
	case status == http.StatusRequestTimeout || status == http.StatusTooEarly || status/100 == 5:
		if given {
			return sdk.RetryAfter(err, after)
		}
		return sdk.Retry(err)
	case status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusProxyAuthRequired:
		return sdk.Unauthenticated(err)
	default:
		return sdk.Misconfigured(err)
	}
}

// retryAfter reads the header: seconds or a date. What is neither counts as not given.
func retryAfter(value string, now time.Time) (after time.Duration, given bool) {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0, false
	}
	if strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds > int64(maxRetryAfter/time.Second) { // err: more digits than an int64 holds
			return maxRetryAfter, true
		}
		return time.Duration(seconds) * time.Second, true
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return min(max(date.Sub(now), 0), maxRetryAfter), true
}

// failure turns an error of the transport into the error for the router.
func failure(what string, err error) error {
	err = fmt.Errorf("%s: %w", what, err)
	if strings.Contains(err.Error(), "http2: client conn could not be established") {
		// The cause is not in the error.
		err = fmt.Errorf("%w: the server ended the connection after the TLS handshake; it may want a client certificate (tls.cert_file)", err)
	}
	if peer.IsIdentityError(err) {
		return sdk.Misconfigured(err)
	}
	return sdk.Retry(err)
}

// drain reads the rest of an answer so that its connection can be used again, within maxDrained.
func drain(r io.Reader) { _, _ = io.CopyN(io.Discard, r, maxDrained) }

// secrets are values that a server might echo and no error may show.
type secrets []string

// add takes a value. Very short ones are left out: they would tear up text that has nothing to do with them.
func (s *secrets) add(value string) {
	if len(value) >= 4 {
		*s = append(*s, value)
	}
}

// excerpt returns the beginning of an answer as quoted text on one line, without secrets; "" when it is empty.
func (s secrets) excerpt(r io.Reader) string {
	text, _ := io.ReadAll(io.LimitReader(r, maxScanned)) // What came before an error is worth showing too.
	for _, secret := range s {
		text = bytes.ReplaceAll(text, []byte(secret), []byte("(sensitive)"))
	}
	text = bytes.TrimSpace(text)
	if len(text) > maxExcerpt {
		end := maxExcerpt
		for end > maxExcerpt-utf8.UTFMax && !utf8.RuneStart(text[end]) {
			end--
		}
		return strconv.Quote(string(text[:end])) + "…"
	}
	if len(text) == 0 {
		return ""
	}
	return strconv.Quote(string(text))
}
