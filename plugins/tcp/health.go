package tcp

import (
	"errors"
	"fmt"
)

// health is what the kernel knows of a connection.
type health struct {
	// open: data can still be acknowledged.
	open bool
	// unanswered is how many retransmissions or window probes in a row nothing came back for.
	unanswered int
	// silentMilli is the time since the last acknowledgement of anything, in milliseconds.
	silentMilli int64
}

const (
	// silenceLimitMilli is how long a peer may leave retransmissions and probes unanswered.
	silenceLimitMilli = 60_000
	// unansweredLimit keeps one probe that is still on its way from counting as silence: probes of a full peer come
	// up to two minutes apart.
	unansweredLimit = 3
)

var (
	// errLost says that the connection ended while batches on it had no verdict.
	errLost = errors.New("connection lost")
	// errClosing says that the peer has closed its side and gets nothing new.
	errClosing = errors.New("the peer is closing the connection")
)

// judge returns why the connection can't be relied on any longer, or nil. A peer that answers and takes nothing is
// fine, however long that lasts.
func (h health) judge() error {
	if !h.open {
		return errLost
	}
	if h.unanswered >= unansweredLimit && h.silentMilli >= silenceLimitMilli {
		return fmt.Errorf("%w: no answer from the peer for %d s", errLost, h.silentMilli/1000)
	}
	return nil
}
