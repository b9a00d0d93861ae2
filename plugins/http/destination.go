package http

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/plugins/sdk"
)

// defaultWindow is for an Open that does not say how many batches may come at once.
const defaultWindow = 8

// maxKept is the largest buffer that is kept for later batches, in bytes. The largest batch fits as ndjson.
const maxKept = 4 << 20

// destination sends each batch as one request. Write may be called by any number of goroutines.
type destination struct {
	opts    Options
	version string

	log     hclog.Logger
	client  *reloader
	url     *url.URL // without user information
	host    string   // Request.Host; empty: the URL's
	header  http.Header
	what    string // method and URL for errors, without secrets
	secrets secrets
	zip     compressor // nil: none
	scratch sync.Pool  // *scratch
}

// scratch is the memory of one Write.
type scratch struct{ encoded, compressed []byte }

func newDestination(o Options, version string) *destination {
	return &destination{opts: o, version: version}
}

// Open prepares the requests. It makes none: a server that is away is a matter of Write.
func (d *destination) Open(_ context.Context, c sdk.Config) error {
	u, diagnostic := d.opts.endpoint()
	if diagnostic != nil {
		return sdk.Reject(errors.New("endpoint: " + diagnostic.Summary))
	}
	d.log = c.Log
	if d.log == nil {
		d.log = hclog.NewNullLogger()
	}
	window := c.MaxInFlight
	if window <= 0 {
		window = defaultWindow
	}
	window = min(window, maxConcurrency)

	var err error
	if d.zip, err = newCompressor(d.opts.Compress, window); err != nil {
		return err
	}
	client, err := d.connect(u.Hostname(), window)
	if err != nil {
		return err
	}
	d.client = client
	d.prepare(u)
	return nil
}

// connect makes the transport from the tls block's files.
func (d *destination) connect(host string, window int) (*reloader, error) {
	files := watchedFiles(d.opts.TLS)
	build := func() (*http.Transport, error) {
		c := &tls.Config{MinVersion: tls.VersionTLS12}
		if d.opts.TLS != nil {
			var err error
			c, err = d.opts.TLS.Config(host, func(err error) { d.log.Warn("client certificate not re-read; using the last one", "error", err) })
			if err != nil {
				return nil, err
			}
			if d.opts.TLS.ServerName == "" {
				c.ServerName = "" // The transport's own, which also fits a proxy.
			}
		}
		return newTransport(window, c), nil
	}
	return newReloader(build, files, d.log)
}

// prepare computes what all requests share.
func (d *destination) prepare(u *url.URL) {
	d.header = http.Header{
		"Content-Type": {contentType(d.opts.Format)},
		"User-Agent":   {"skidway/" + d.version},
	}
	if d.zip != nil {
		d.header.Set("Content-Encoding", d.zip.encoding())
	}
	switch {
	case d.opts.BasicAuth != nil:
		d.basic(d.opts.BasicAuth.Username, string(d.opts.BasicAuth.Password))
	case d.opts.BearerToken != "":
		d.header.Set("Authorization", "Bearer "+string(d.opts.BearerToken))
		d.secrets.add(string(d.opts.BearerToken))
	case u.User != nil:
		password, _ := u.User.Password()
		d.basic(u.User.Username(), password)
	}
	for name, value := range d.opts.Headers {
		if textproto.CanonicalMIMEHeaderKey(name) == "Host" {
			d.host = value
			continue
		}
		d.header.Set(name, value)
		if isSecret(name) {
			d.secrets.add(value)
			// A server that names the token it refuses leaves out what stands before it: "Bearer", for example.
			if fields := strings.Fields(value); len(fields) > 1 {
				d.secrets.add(fields[len(fields)-1])
			}
		}
	}
	for name, values := range u.Query() {
		for _, value := range values {
			if isSecret(name) {
				d.secrets.add(value)
			}
		}
	}
	own := *u
	own.User = nil
	d.url = &own
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	d.what = d.opts.Method + " " + shown.String()
}

func (d *destination) basic(user, password string) {
	credentials := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	d.header.Set("Authorization", "Basic "+credentials)
	d.secrets.add(credentials)
	if password == "" { // Some services take a token as the user name.
		password = user
	}
	d.secrets.add(password)
}

func contentType(format string) string {
	switch format {
	case formatNDJSON:
		return "application/x-ndjson"
	case formatArray:
		return "application/json"
	default:
		return "text/plain"
	}
}

// Write sends the batch and waits for the answer, at most Options.Timeout.
func (d *destination) Write(ctx context.Context, b *sdk.Batch) error {
	s, ok := d.scratch.Get().(*scratch)
	if !ok {
		s = &scratch{}
	}
	defer d.keep(s)

	data := encode(d.opts.Format, b, &s.encoded)
	if d.zip != nil {
		var err error
		if s.compressed, err = d.zip.compress(s.compressed[:0], data); err != nil {
			return err
		}
		data = s.compressed
	}
	body := &body{data: data}
	// In this order: the batch and the buffers are let go of when the transport has, which the context's end makes sure.
	defer body.wait()
	ctx, cancel := withTimeout(ctx, d.opts.Timeout)
	defer cancel()
	return d.send(ctx, body, b.Key())
}

// send makes one request.
func (d *destination) send(ctx context.Context, body *body, key []byte) error {
	answer, err := d.client.RoundTrip(d.request(ctx, body, key))
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return failure(d.what, err)
	}
	defer answer.Body.Close()
	if accepted(answer.StatusCode) {
		drain(answer.Body)
		return nil
	}
	text := fmt.Sprintf("%s: %s", d.what, statusText(answer.StatusCode))
	if excerpt := d.secrets.excerpt(answer.Body); excerpt != "" {
		text += ": " + excerpt
	}
	drain(answer.Body)
	return verdict(answer.StatusCode, answer.Header, time.Now(), text)
}

func (d *destination) request(ctx context.Context, body *body, key []byte) *http.Request {
	header := d.header.Clone()
	header["Idempotency-Key"] = []string{hex.EncodeToString(key)}
	reader, _ := body.reader() // It never fails.
	r := &http.Request{
		Method:        d.opts.Method,
		URL:           d.url,
		Host:          d.host,
		Header:        header,
		Body:          reader,
		GetBody:       body.reader,
		ContentLength: int64(len(body.data)),
	}
	return r.WithContext(ctx)
}

// statusText is the status with its standard text; the server's own text may be anything.
func statusText(status int) string {
	return string(bytes.TrimSpace(fmt.Appendf(nil, "%d %s", status, http.StatusText(status))))
}

// keep puts the memory back for later batches, unless one large batch would be kept for ever.
func (d *destination) keep(s *scratch) {
	if cap(s.encoded) > maxKept {
		s.encoded = nil
	}
	if cap(s.compressed) > maxKept {
		s.compressed = nil
	}
	d.scratch.Put(s)
}

// Close closes the connections.
func (d *destination) Close() error {
	if d.client != nil {
		d.client.CloseIdleConnections()
	}
	return nil
}
