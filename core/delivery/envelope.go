package delivery

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/skidway/skidway/core/record"
)

// maxEnvelopeBytes leaves an envelope room in a batch of its own.
const maxEnvelopeBytes = maxBatchBytes - 1

// envelope is how a dead letter looks to a destination.
type envelope struct {
	// Exactly one of Record and Base64 is set: the second for bytes that are not valid UTF-8 or would grow too long.
	Record *string `json:"record,omitempty"`
	Base64 *string `json:"record_base64,omitempty"`
	// Bytes is the record's length, when the envelope holds only its beginning.
	Bytes int `json:"record_truncated_from,omitempty"`

	Origin      envelopeOrigin `json:"origin"`
	Destination string         `json:"destination"`
	Position    string         `json:"position"`
	Reason      string         `json:"reason"`
	Code        string         `json:"code"`
	Attempts    uint32         `json:"attempts"`
	Times       envelopeTimes  `json:"times"`
}

// envelopeOrigin has the names that expressions use for the origin. The id and the position are strings because they
// need all 64 bits, which many readers of JSON numbers do not keep.
type envelopeOrigin struct {
	Source     string `json:"source"`
	Peer       string `json:"peer,omitempty"`
	PeerPort   uint32 `json:"peer_port,omitempty"`
	ClientName string `json:"client_name,omitempty"`
	ReceivedAt string `json:"received_at"`
	Truncated  bool   `json:"truncated,omitempty"`
	ID         string `json:"id"`
}

type envelopeTimes struct {
	FirstAttempt string `json:"first_attempt,omitempty"`
	LastAttempt  string `json:"last_attempt,omitempty"`
	GivenUp      string `json:"given_up"`
}

// Envelope returns d as one JSON object without line feeds. It is shorter than the largest batch: of a record that
// would not fit, it holds the beginning.
func (d *DeadLetter) Envelope() ([]byte, error) {
	e := envelope{
		Origin: envelopeOrigin{
			Source: d.Origin.Source, Peer: d.Origin.Peer, PeerPort: d.Origin.PeerPort, ClientName: d.Origin.ClientName,
			ReceivedAt: rfc3339(time.Unix(0, d.Origin.ReceivedUnixNano)), Truncated: d.Origin.Truncated,
			ID: strconv.FormatUint(d.Origin.ID, 10),
		},
		Destination: d.Destination, Position: strconv.FormatUint(uint64(d.Position), 10),
		Reason: d.Reason, Code: d.Code.String(), Attempts: d.Attempts,
		Times: envelopeTimes{rfc3339(d.FirstAttempt), rfc3339(d.LastAttempt), rfc3339(d.GivenUp)},
	}
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

func rfc3339(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// Appender puts records on their way to a destination that takes dead letters.
type Appender interface {
	// AppendDeadLetters returns once the group is accepted for good. It does not wait for room: dead letters exceed the
	// bounds rather than block. The group is the caller's again.
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

// Put appends one envelope for each letter, as one group.
func (f *ForwardedDeadLetters) Put(ctx context.Context, letters []DeadLetter) error {
	g := record.Group{Origin: record.Origin{
		Source: f.address, ReceivedUnixNano: f.now().UnixNano(), ID: f.ids.Take(len(letters)),
	}}
	for i := range letters {
		b, err := letters[i].Envelope()
		if err != nil {
			return fmt.Errorf("encode dead letter: %w", err)
		}
		g.Sizes = append(g.Sizes, uint32(len(b)))
		g.Data = append(append(g.Data, b...), '\n')
	}
	if err := f.to.AppendDeadLetters(ctx, &g); err != nil {
		return fmt.Errorf("append dead letters: %w", err)
	}
	return nil
}
