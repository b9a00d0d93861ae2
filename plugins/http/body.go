package http

import (
	"bytes"
	"io"
	"sync"
)

// body hands the same bytes to a request, and to the attempts that the transport makes of it by itself, and knows when
// all of them have let go: the transport may go on reading after RoundTrip has returned, as when a server answers
// before it has the whole request, and the bytes belong to a batch that ends with Write.
type body struct {
	data []byte
	open sync.WaitGroup
}

// reader returns a new reader of the whole body. It never fails; its form is that of http.Request.GetBody.
func (b *body) reader() (io.ReadCloser, error) {
	b.open.Add(1)
	r := &bodyReader{body: b}
	r.Reset(b.data)
	return r, nil
}

// wait blocks until every reader has been closed, which the transport does for each once the request is over or its
// context is done.
func (b *body) wait() { b.open.Wait() }

type bodyReader struct {
	bytes.Reader
	body *body
	once sync.Once
}

// Close lets go of the bytes. It may be called more than once.
func (r *bodyReader) Close() error {
	r.once.Do(r.body.open.Done)
	return nil
}
