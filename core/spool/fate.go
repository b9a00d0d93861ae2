package spool

import (
	"time"

	"github.com/skidway/skidway/core/record"
)

// What became of a record at a destination, as far as the spool knows.
const (
	// FateDelivered: it was settled: accepted by the destination, or a dead letter.
	FateDelivered = "delivered"
	// FateDropped: it was dropped; Fate.Reason says why.
	FateDropped = "dropped"
	// FateSettled: it was delivered or dropped before Fate.Time; which of them is not remembered.
	FateSettled = "delivered_or_dropped"
	// FateWaiting: it has not been settled. It may be with the plugin.
	FateWaiting = "waiting"
	// FateParked: it has not been settled and the destination is not configured.
	FateParked = "parked"
	// FateUnknown: the spool knows the destination no more.
	FateUnknown = "unknown"
)

// Fate says what became of a record at a destination.
type Fate struct {
	Address string `json:"destination"`
	State   string `json:"state"`
	// Reason and Time of a drop; Time alone when it is not remembered.
	Reason string    `json:"reason,omitempty"`
	Time   time.Time `json:"time,omitzero"`
	// AheadRecords and AheadBytes of the destination that are waiting as well are sent before it.
	AheadRecords int64 `json:"ahead_records,omitempty"`
	AheadBytes   int64 `json:"ahead_bytes,omitempty"`
}

// fates finds out what became of the entry.
func (s *scanner) fates() {
	s.entry.Fates = make([]Fate, 0, len(s.entry.Destinations))
	for _, a := range s.entry.Destinations {
		f := s.fate(a, s.entry.Position)
		if t := s.ahead[a]; t != nil && (f.State == FateWaiting || f.State == FateParked) {
			f.AheadRecords, f.AheadBytes = t.records, t.bytes
		}
		s.entry.Fates = append(s.entry.Fates, f)
	}
}

// fate returns what became of a record that was routed to the destination.
func (v *view) fate(address string, p record.Position) Fate {
	f := Fate{Address: address}
	c := v.cursors[address]
	if c == nil {
		f.State = FateUnknown
		return f
	}
	drop, known := v.drops.find(address, p)
	switch {
	case p > c.frontier && c.replay.contains(p):
		f.State = FateWaiting
	case known && !drop.forgotten():
		f.State, f.Reason, f.Time = FateDropped, drop.Reason, moment(drop.UnixNano)
	case p > c.replay.settledBefore(c.frontier):
		f.State = FateWaiting
	case known:
		f.State, f.Time = FateSettled, moment(drop.UnixNano)
	default:
		f.State = FateDelivered
	}
	if f.State == FateWaiting && c.parked {
		f.State = FateParked
	}
	return f
}

// pass counts the entry's record, which has so many bytes, for those that wait for it.
func (s *scanner) pass(size int64) {
	p := s.entry.Position
	for a, c := range s.cursors {
		if p <= c.frontier {
			continue
		}
		waits := c.replay.contains(p)
		for _, to := range s.entry.Destinations {
			waits = waits || to == a && p > c.replay.settledBefore(c.frontier) && !s.gone[a].covers(p, p)
		}
		if waits {
			s.ahead[a].records++
			s.ahead[a].bytes += size
		}
	}
}
