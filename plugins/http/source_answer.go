package http

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
)

// unreadable answers a body that did not come in whole.
func (in *intake) unreadable(err error) *answer {
	switch {
	case errors.Is(err, errTooLarge):
		return in.tooLarge(err)
	case errors.Is(err, errNoMemory):
		return noMemory()
	case errors.Is(err, errStopped):
		return ending()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &answer{
			status: http.StatusRequestTimeout, close: true,
			text: fmt.Sprintf("The request did not arrive within %s, read_timeout. Nothing was taken.", in.opts.ReadTimeout),
		}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &answer{status: http.StatusBadRequest, close: true, text: "The body ended before it should. Nothing was taken."}
	}
	return &answer{status: http.StatusBadRequest, close: true, text: "The body can't be read: " + err.Error() + ". Nothing was taken."}
}

func (in *intake) undecodable(err error) *answer {
	var damaged *damagedError
	switch {
	case errors.Is(err, errNoMemory):
		return noMemory()
	case errors.Is(err, errBusy):
		return &answer{
			status: http.StatusServiceUnavailable, retry: retrySlowly,
			text: "The body's turn to be decompressed did not come within accept_timeout. Nothing was taken: send it again later.",
		}
	case errors.As(err, &damaged):
		return &answer{status: http.StatusBadRequest, text: fmt.Sprintf("The body is no valid %s: %v. Nothing was taken.", damaged.encoding, damaged.cause)}
	}
	return in.tooLarge(err)
}

func (in *intake) tooLarge(err error) *answer {
	a := &answer{status: http.StatusRequestEntityTooLarge, close: errors.Is(err, errTooLarge)}
	switch {
	case errors.Is(err, errRatio):
		a.text = fmt.Sprintf("The body decompresses to more than %d times its size. Send smaller bodies, or less compressed. Nothing was taken.", maxRatio)
	case errors.Is(err, errWindow):
		a.text = fmt.Sprintf("The body needs a zstd window of more than %s. Compress with a smaller one. Nothing was taken.", bytesText(maxWindow))
	default:
		a.text = fmt.Sprintf("The body is larger than %s, max_body_bytes. Send it in parts. Nothing was taken.", bytesText(in.opts.MaxBodyBytes))
	}
	return a
}

func (in *intake) flawed(f *flaw) *answer {
	if f.tooLarge {
		return &answer{
			status: http.StatusRequestEntityTooLarge,
			text:   fmt.Sprintf("%s is larger than %s, max_record_bytes. Nothing was taken.", f.place(), bytesText(in.opts.MaxRecordBytes)),
		}
	}
	return &answer{status: http.StatusBadRequest, text: fmt.Sprintf("%s %s. Nothing was taken.", f.place(), f.reason)}
}

func notAccepted(err error) *answer {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errNotSent):
		return &answer{
			status: http.StatusServiceUnavailable, retry: retrySlowly,
			text: "The router takes no more records at present. Nothing was taken: send them again later.",
		}
	}
	return &answer{
		status: http.StatusServiceUnavailable, retry: retrySlowly,
		text: "The router has not accepted all records in time. Some may have been taken: send them again later, which may make duplicates.",
	}
}

func noMemory() *answer {
	return &answer{
		status: http.StatusServiceUnavailable, retry: retrySoon, close: true,
		text: "Too many bodies are on their way, max_buffered_bytes. Nothing was taken: send them again later.",
	}
}

func ending() *answer {
	return &answer{
		status: http.StatusServiceUnavailable, retry: retrySlowly, close: true,
		text: "The router is ending. Nothing was taken: send the records again later.",
	}
}

// Seconds after which a request can be tried again.
const (
	retrySoon   = 1
	retrySlowly = 5
)

// answer is one that refuses a request.
type answer struct {
	status int
	text   string    // whole sentences
	header [2]string // one more header
	retry  int       // Retry-After in seconds; 0: none
	close  bool      // the rest of the body, or the next request, is not worth waiting for
}

func (a *answer) write(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	if a.header[0] != "" {
		h.Set(a.header[0], a.header[1])
	}
	if a.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(a.retry))
	}
	if a.close && r.ProtoMajor == 1 { // With HTTP/2 other requests share the connection.
		h.Set("Connection", "close")
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.text+"\n") // Nobody may be there any more.
}
