package delivery

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/skidway/skidway/core/record"
)

// maxEnvelopeBytes is the length of the largest record.
const maxEnvelopeBytes = maxBatchBytes

// envelope is how a dead letter looks to a destination.
type envelope struct {
	// Exactly one of Record and Base64 is set: the second for bytes that are not valid UTF-8 or would grow too long.
	Record *string `json:"record,omitempty"`
	Base64 *string `json:"record_base64,omitempty"`
	// Bytes is the record's length, when the envelope holds only its beginning.
	Bytes int `json:"record_truncated_from,omitempty"`

	LetterFields
}

// Envelope returns d as one JSON object without line feeds. It is shorter than the largest batch: of a record that
// would not fit, it holds the beginning.
func (d *DeadLetter) Envelope() ([]byte, error) {
	e := envelope{LetterFields: d.Fields()}
	if utf8.Valid(d.Record) {
		s := string(d.Record)
		e.Record = &s
		if b, err := json.Marshal(&e); err != nil || len(b) <= maxEnvelopeBytes {
			return b, err
		}
		e.Record = nil
	}
	empty := ""
	e.Base64, e.Bytes = &empty, len(d.Record)
	frame, err := json.Marshal(&e)
	if err != nil {
		return nil, err
	}
	kept := d.Record[:min(len(d.Record), base64.StdEncoding.DecodedLen(max(maxEnvelopeBytes-len(frame), 0)/4*4))]
	s := base64.StdEncoding.EncodeToString(kept)
	e.Base64 = &s
	if len(kept) == len(d.Record) {
		e.Bytes = 0
	}
	return json.Marshal(&e)
}

// Appender puts records on their way to a destination that takes dead letters.
type Appender interface {
	// AppendDeadLetters returns once the group is accepted for good. It waits for room in the destination's backlog, and
	// ends with ctx. The group is the caller's again.
	AppendDeadLetters(ctx context.Context, g *record.Group) error
}

// ForwardedDeadLetters are sent, each in an envelope, to another destination.
type ForwardedDeadLetters struct {
	address string
	to      Appender
	ids     *record.IDs
	now     func() time.Time
}

// NewForwardedDeadLetters returns dead letters of the destination at address that go to another one. They are new
// records: they get ids of ids, their source is the address, and they are received when they are given up.
func NewForwardedDeadLetters(address string, to Appender, ids *record.IDs, now func() time.Time) *ForwardedDeadLetters {
	return &ForwardedDeadLetters{address: address, to: to, ids: ids, now: now}
}

// maxForwardBytes is the most data of several dead letters that are appended as one group.
const maxForwardBytes = 1 << 20

// Put appends one envelope for each letter. When it fails, some may have been appended.
func (f *ForwardedDeadLetters) Put(ctx context.Context, letters []DeadLetter) error {
	id := f.ids.Take(len(letters))
	g := record.Group{Origin: record.Origin{Source: f.address, ReceivedUnixNano: f.now().UnixNano(), ID: id}}
	for i := range letters {
		b, err := letters[i].Envelope()
		if err != nil {
			return fmt.Errorf("encode dead letter: %w", err)
		}
		if len(g.Data) > 0 && len(g.Data)+len(b)+1 > maxForwardBytes {
			if err := f.append(ctx, &g); err != nil {
				return err
			}
			g.Sizes, g.Data, g.Origin.ID = g.Sizes[:0], g.Data[:0], id+uint64(i)
		}
		g.Sizes = append(g.Sizes, uint32(len(b)))
		g.Data = append(append(g.Data, b...), '\n')
	}
	return f.append(ctx, &g)
}

func (f *ForwardedDeadLetters) append(ctx context.Context, g *record.Group) error {
	if err := f.to.AppendDeadLetters(ctx, g); err != nil {
		return fmt.Errorf("append dead letters: %w", err)
	}
	return nil
}
