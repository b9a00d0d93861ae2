package admin

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// part is one line of an answer of any length: items, and then one line that says how it ended. Without that line the
// answer was cut off.
type part struct {
	Item  json.RawMessage `json:"item,omitempty"`
	End   *Searched       `json:"end,omitempty"`
	Error *streamError    `json:"failed,omitempty"`
}

type streamError struct {
	Status  int    `json:"status"`
	Message string `json:"error"`
	Hint    string `json:"hint,omitempty"`
}

// stream writes parts.
type stream struct {
	w     http.ResponseWriter
	begun bool
}

func (s *stream) item(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.write(part{Item: b})
}

func (s *stream) end(end Searched, err error) {
	switch {
	case err == nil:
		_ = s.write(part{End: &end}) // the client may be gone
	case !s.begun:
		fail(s.w, answerTo(err))
	default:
		e := answerTo(err)
		_ = s.write(part{Error: &streamError{e.Status, e.Message, e.Hint}})
	}
}

func (s *stream) write(p part) error {
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if !s.begun {
		s.w.Header().Set("Content-Type", "application/x-ndjson")
		s.begun = true
	}
	deadline(s.w, writeTimeout)
	_, err = s.w.Write(append(b, '\n'))
	return err
}

var errCut = errors.New("the answer was cut off: the router may have ended")

// readStream calls do for each item.
func readStream(r io.Reader, do func(json.RawMessage) error) (Searched, error) {
	d := json.NewDecoder(r)
	for {
		var p part
		err := d.Decode(&p)
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return Searched{}, errCut
		case err != nil:
			return Searched{}, err
		case p.Error != nil:
			return Searched{}, &Error{p.Error.Status, p.Error.Message, p.Error.Hint}
		case p.End != nil:
			return *p.End, nil
		}
		if err := do(p.Item); err != nil {
			return Searched{}, err
		}
	}
}
