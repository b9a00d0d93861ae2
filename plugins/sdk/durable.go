package sdk

import (
	"sync"

	"github.com/hashicorp/go-hclog"
)

// durableMark is the position up to which the author says that records are stored for good, on its way to the router:
// Config.Durable. One process has one.
type durableMark struct {
	log hclog.Logger

	mu   sync.Mutex
	used bool
	// said is the highest position that the author named, given the highest that the author could know of, and accepted
	// the highest that the router has been told, or is just being told, is accepted.
	said, given, accepted uint64
	// refused: a position beyond given was logged.
	refused bool
	// changed is called when the author says something new; nil while there is no stream.
	changed func()
	// interleaved: batches come at positions below those of batches that were accepted before, because records of
	// other values lie between theirs.
	interleaved bool
}

// say is Config.Durable.
func (m *durableMark) say(position uint64) {
	m.mu.Lock()
	m.used = true
	if position > m.given {
		given, first := m.given, !m.refused
		m.refused = true
		m.mu.Unlock()
		if first {
			m.log.Error("the plugin said that records are durable which it was never given: ignored",
				"position", position, "given", given)
		}
		return
	}
	var changed func()
	if position > m.said {
		m.said, changed = position, m.changed
	}
	m.mu.Unlock()
	if changed != nil {
		changed()
	}
}

// resume notes a position that the destination has from an earlier process.
func (m *durableMark) resume(position uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.given, m.accepted = max(m.given, position), max(m.accepted, position)
}

// give notes the last position of a batch before the author's code sees it.
func (m *durableMark) give(position uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.given = max(m.given, position)
}

// accept notes the last position of a batch before its verdict is sent.
func (m *durableMark) accept(position uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.accepted = max(m.accepted, position)
}

// lower notes, before a verdict is sent, the first position of a batch of which something is accepted: what the author
// said before is not about these records, and the router takes what it is told to be about all that it had a verdict on.
func (m *durableMark) lower(first uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.interleaved && m.said >= first {
		m.said = max(first, 1) - 1
	}
}

// through returns what the router may be told; ok is false when the author makes no use of it. Nothing is said about
// records that are still without a verdict.
func (m *durableMark) through() (position uint64, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return min(m.said, m.accepted), m.used
}

// notify has f called whenever the author says something new, until it is given nil.
func (m *durableMark) notify(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.changed = f
}
