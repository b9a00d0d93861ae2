package http

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"
)

// intake answers requests. It is safe for concurrent use.
type intake struct {
	*source
	handover *handover
	origins  http.CrossOriginProtection // Its zero value refuses what other sites make a browser send.

	requests sync.WaitGroup

	mu      sync.Mutex
	ended   bool                                  // no request is taken any more
	stopped bool                                  // no body is read any more
	reading map[*http.ResponseController]struct{} // requests whose body is being read
}

func newIntake(s *source, h *handover) *intake {
	return &intake{source: s, handover: h, reading: map[*http.ResponseController]struct{}{}}
}

// wait returns when no request is under way any more. Later ones are refused.
func (in *intake) wait() {
	in.mu.Lock()
	in.ended = true
	in.mu.Unlock()
	in.stopReading()
	in.requests.Wait()
}

// stopReading ends the reading of bodies, now and from now on.
func (in *intake) stopReading() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.stopped = true
	for rc := range in.reading {
		_ = rc.SetReadDeadline(time.Now()) // It fails on a connection that is gone, as reading does.
	}
}

// startReading reports whether the body of a request may be read. Then doneReading has to follow.
func (in *intake) startReading(rc *http.ResponseController) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.stopped {
		in.reading[rc] = struct{}{}
	}
	return !in.stopped
}

// doneReading says that the body is there, or with whole unset that it will not be.
func (in *intake) doneReading(rc *http.ResponseController, whole bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	delete(in.reading, rc)
	if whole {
		// read_timeout is over for net/http too, which would take it for the end of the connection.
		_ = rc.SetReadDeadline(time.Time{})
	}
}

func (in *intake) enter() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.ended {
		in.requests.Add(1)
	}
	return !in.ended
}

// errStopped is a body that had not come in whole when the drain lost patience.
var errStopped = errors.New("the source is ending")

// connKey is the key of a request's *conn in its context.
type connKey struct{}

func withConn(ctx context.Context, c net.Conn) context.Context {
	if secure, ok := c.(*tls.Conn); ok {
		c = secure.NetConn()
	}
	return context.WithValue(ctx, connKey{}, c)
}

// ServeHTTP takes the records of one request and answers when they are accepted.
func (in *intake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !in.enter() {
		ending().write(w, r)
		return
	}
	defer in.requests.Done()
	if c, ok := r.Context().Value(connKey{}).(*conn); ok {
		c.requests.Add(1)
		defer c.requests.Add(-1)
	}
	rc := http.NewResponseController(w)
	a := in.admit(r)
	if a == nil {
		a = in.take(rc, r)
	}
	_ = rc.SetWriteDeadline(time.Now().Add(answerTimeout)) // It fails on a connection that is gone, as writing does.
	if r.ProtoMajor == 1 && len(r.TransferEncoding) > 0 {
		// net/http does not say whether the request had a Content-Length too, after which RFC 9112 wants no other one.
		w.Header().Set("Connection", "close")
	}
	if a == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	in.events.warn(a.status, "request refused", "status", a.status, "reason", a.text, "peer", r.RemoteAddr)
	a.write(w, r)
}

// admit checks a request before its body is asked for. nil: it may come.
func (in *intake) admit(r *http.Request) *answer {
	if r.URL.Path != in.opts.Path {
		return &answer{status: http.StatusNotFound, text: "Records are posted to " + in.opts.Path + " here."}
	}
	if r.Method != http.MethodPost {
		return &answer{status: http.StatusMethodNotAllowed, text: "Records are posted here: use POST.", header: [2]string{"Allow", "POST"}}
	}
	if err := in.origins.Check(r); err != nil {
		return &answer{status: http.StatusForbidden, text: "Records are not taken from the pages of other sites."}
	}
	if in.opts.BearerToken != "" && !in.authorized(r.Header.Values("Authorization")) {
		return &answer{
			status: http.StatusUnauthorized, text: `The bearer token is missing or wrong. Send it as "Authorization: Bearer TOKEN".`,
			header: [2]string{"WWW-Authenticate", `Bearer realm="skidway"`},
		}
	}
	if a := checkType(r.Header.Get("Content-Type")); a != nil {
		return a
	}
	if r.ContentLength > int64(in.opts.MaxBodyBytes) {
		return in.tooLarge(errTooLarge)
	}
	return nil
}

// authorized compares digests, so that the time it takes says nothing about the token.
func (in *intake) authorized(values []string) bool {
	if len(values) != 1 {
		return false
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	sum := sha256.Sum256([]byte(strings.TrimLeft(token, " ")))
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(sum[:], in.token[:]) == 1
}

// take reads the body, checks all of it, and hands it over. nil: everything is accepted.
func (in *intake) take(rc *http.ResponseController, r *http.Request) *answer {
	encoding, a := contentEncoding(r.Header.Values("Content-Encoding"))
	if a != nil {
		return a
	}
	body := buffer{memory: in.memory}
	if err := in.read(rc, r, &body); err != nil {
		body.free()
		return in.unreadable(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), in.opts.AcceptTimeout)
	defer cancel()
	j := &job{received: time.Now(), gone: r.Context().Done()}
	if encoding != "" && len(body.data) > 0 {
		if err := in.decoder.decode(ctx, encoding, &body); err != nil {
			body.free()
			return in.undecodable(err)
		}
	}
	records, flaw := split(in.opts.Format, body.data, int(in.opts.MaxRecordBytes))
	if flaw != nil {
		body.free()
		return in.flawed(flaw)
	}
	body.data = records
	if len(records) == 0 {
		body.free()
		return nil
	}
	j.body = body
	if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		j.peer, j.port = peer.Addr().Unmap().WithZone("").String(), uint32(peer.Port())
	}
	if r.TLS != nil && len(r.TLS.VerifiedChains) > 0 {
		j.client = clientName(r.TLS.VerifiedChains[0][0])
	}
	return notAccepted(in.handover.take(ctx, j))
}

// read reads the whole body into b.
func (in *intake) read(rc *http.ResponseController, r *http.Request, b *buffer) error {
	if !in.startReading(rc) {
		return errStopped
	}
	err := b.fill(r.Body, r.ContentLength, int(in.opts.MaxBodyBytes))
	in.doneReading(rc, err == nil)
	if errors.Is(err, os.ErrDeadlineExceeded) && in.isStopped() {
		return errStopped
	}
	return err
}

func (in *intake) isStopped() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.stopped
}
