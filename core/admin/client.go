package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	dialTimeout = 5 * time.Second
	// maxAnswer bounds an answer that is read as a whole.
	maxAnswer = 64 << 20
)

// Client asks the router that answers at a socket. It is Spool, Letters and Finder of that router. It is safe for
// concurrent use.
type Client struct {
	path string
	http *http.Client
}

// NewClient returns a client of the router whose socket is at path. It connects when it is used.
func NewClient(path string) *Client {
	d := net.Dialer{Timeout: dialTimeout}
	return &Client{path, &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return d.DialContext(ctx, "unix", path) },
	}}}
}

var (
	_ Spool   = (*Client)(nil)
	_ Letters = (*Client)(nil)
	_ Finder  = (*Client)(nil)
)

// Close gives up connections that are not used.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Path is where the socket is.
func (c *Client) Path() string { return c.path }

// Alive returns nil when a router answers.
func (c *Client) Alive(ctx context.Context) error { return c.get(ctx, pathHealth, nil, nil) }

// Status returns the router's state.
func (c *Client) Status(ctx context.Context) (s Status, err error) {
	err = c.get(ctx, pathStatus, nil, &s)
	return s, err
}

// Inspect implements Spool.
func (c *Client) Inspect(ctx context.Context) (raw json.RawMessage, err error) {
	err = c.get(ctx, pathSpool, nil, &raw)
	return raw, err
}

// Verify implements Spool.
func (c *Client) Verify(ctx context.Context) (raw json.RawMessage, err error) {
	err = c.get(ctx, pathVerify, nil, &raw)
	return raw, err
}

// Export implements Spool.
func (c *Client) Export(ctx context.Context, s Selection, do func(json.RawMessage) error) (Searched, error) {
	return c.stream(ctx, pathExport, s, do)
}

// Forget implements Spool.
func (c *Client) Forget(ctx context.Context, address string) error {
	return c.post(ctx, pathForget, addressed{Address: address}, nil)
}

// Rename implements Spool.
func (c *Client) Rename(ctx context.Context, from, to string) error {
	return c.post(ctx, pathRename, addressed{from, to}, nil)
}

// Replay implements Spool.
func (c *Client) Replay(ctx context.Context, r SpoolReplay) (out SpoolReplayed, err error) {
	err = c.post(ctx, pathSpoolReplay, r, &out)
	return out, err
}

// List implements Letters.
func (c *Client) List(ctx context.Context, s Selection) (out []LetterSummary, err error) {
	err = c.get(ctx, pathLetters, s.values(), &out)
	return out, err
}

// Show implements Letters.
func (c *Client) Show(ctx context.Context, s Selection, do func(json.RawMessage) error) (Searched, error) {
	return c.stream(ctx, pathLetterShow, s, do)
}

// ReplayLetters implements Letters.
func (c *Client) ReplayLetters(ctx context.Context, r LetterReplay) (out LetterReplayed, err error) {
	err = c.post(ctx, pathLetterReplay, r, &out)
	return out, err
}

// Purge implements Letters.
func (c *Client) Purge(ctx context.Context, s Selection) (out LetterPurged, err error) {
	err = c.post(ctx, pathPurge, s, &out)
	return out, err
}

// Find implements Finder.
func (c *Client) Find(ctx context.Context, s Selection, do func(Found) error) (Searched, error) {
	return c.stream(ctx, pathFind, s, func(raw json.RawMessage) error {
		var f Found
		if err := json.Unmarshal(raw, &f); err != nil {
			return fmt.Errorf("read the answer: %w", err)
		}
		return do(f)
	})
}

func (c *Client) get(ctx context.Context, path string, v url.Values, out any) error {
	body, err := c.do(ctx, http.MethodGet, path, v, nil)
	if err != nil {
		return err
	}
	return readAnswer(body, out)
}

func (c *Client) post(ctx context.Context, path string, in, out any) error {
	b, err := json.Marshal(in)
	if err != nil {
		return err
	}
	body, err := c.do(ctx, http.MethodPost, path, nil, b)
	if err != nil {
		return err
	}
	return readAnswer(body, out)
}

func (c *Client) stream(ctx context.Context, path string, s Selection, do func(json.RawMessage) error) (Searched, error) {
	body, err := c.do(ctx, http.MethodGet, path, s.values(), nil)
	if err != nil {
		return Searched{}, err
	}
	defer body.Close()
	return readStream(body, do)
}

// do sends a request and returns the body of the answer, which the caller closes. An answer that is an error is an *Error.
func (c *Client) do(ctx context.Context, method, path string, v url.Values, in []byte) (io.ReadCloser, error) {
	u := url.URL{Scheme: "http", Host: clientHost, Path: path, RawQuery: v.Encode()}
	r, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(in))
	if err != nil {
		return nil, err
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, fmt.Errorf("ask the router at %s: %w", c.path, cause(err))
	}
	if resp.StatusCode == http.StatusOK {
		return resp.Body, nil
	}
	e := &Error{Status: resp.StatusCode}
	if err := readAnswer(resp.Body, e); err != nil || e.Message == "" {
		e.Message = "the router answered " + resp.Status
	}
	return nil, e
}

// cause is what went wrong, without the request that everybody knows.
func cause(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

func readAnswer(body io.ReadCloser, out any) error {
	defer body.Close()
	b, err := io.ReadAll(io.LimitReader(body, maxAnswer+1))
	switch {
	case err != nil:
		return fmt.Errorf("read the answer: %w", err)
	case len(b) > maxAnswer:
		return fmt.Errorf("read the answer: it has more than %d bytes", maxAnswer)
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}
