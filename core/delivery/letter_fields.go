package delivery

import (
	"strconv"
	"time"
)

// LetterFields are what a dead letter says as JSON besides its record, wherever it is kept or sent. The id and the
// position are strings because they need all 64 bits, which many readers of JSON numbers do not keep.
type LetterFields struct {
	Origin      LetterOrigin `json:"origin"`
	Destination string       `json:"destination"`
	Position    string       `json:"position"`
	Reason      string       `json:"reason"`
	Code        string       `json:"code"`
	Attempts    uint32       `json:"attempts"`
	Times       LetterTimes  `json:"times"`
}

// LetterOrigin has the names that expressions use for the origin.
type LetterOrigin struct {
	Source     string `json:"source"`
	Peer       string `json:"peer,omitempty"`
	PeerPort   uint32 `json:"peer_port,omitempty"`
	ClientName string `json:"client_name,omitempty"`
	ReceivedAt string `json:"received_at"`
	Truncated  bool   `json:"truncated,omitempty"`
	ID         string `json:"id"`
}

// LetterTimes are in RFC 3339, UTC, with nanoseconds; empty: never.
type LetterTimes struct {
	FirstAttempt string `json:"first_attempt,omitempty"`
	LastAttempt  string `json:"last_attempt,omitempty"`
	GivenUp      string `json:"given_up"`
}

// Fields returns what d says besides its record.
func (d *DeadLetter) Fields() LetterFields {
	return LetterFields{
		Origin: LetterOrigin{
			Source: d.Origin.Source, Peer: d.Origin.Peer, PeerPort: d.Origin.PeerPort, ClientName: d.Origin.ClientName,
			ReceivedAt: rfc3339(time.Unix(0, d.Origin.ReceivedUnixNano)), Truncated: d.Origin.Truncated,
			ID: strconv.FormatUint(d.Origin.ID, 10),
		},
		Destination: d.Destination, Position: strconv.FormatUint(uint64(d.Position), 10),
		Reason: d.Reason, Code: d.Code.String(), Attempts: d.Attempts,
		Times: LetterTimes{rfc3339(d.FirstAttempt), rfc3339(d.LastAttempt), rfc3339(d.GivenUp)},
	}
}

func rfc3339(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
