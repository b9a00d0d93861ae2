package tcp

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// unacked returns how many of the bytes written to the socket the peer's kernel has not acknowledged. The number stays
// above zero when the connection is lost before all are.
func unacked(fd int) (int, error) {
	n, err := unix.IoctlGetInt(fd, unix.SIOCOUTQ)
	if err != nil {
		return 0, fmt.Errorf("read send queue: %w", err)
	}
	return n, nil
}

// States of a connection that data can still be acknowledged in, by the kernel's numbers.
const (
	established = 1
	closeWait   = 8
)

// readHealth returns what the kernel knows of the connection.
func readHealth(fd int) (health, error) {
	info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		return health{}, fmt.Errorf("read connection state: %w", err)
	}
	return health{
		open:        info.State == established || info.State == closeWait,
		unanswered:  int(max(info.Retransmits, info.Probes)),
		silentMilli: int64(info.Last_ack_recv),
	}, nil
}

// tune sets what the kernel should do by itself.
//
// TCP_USER_TIMEOUT is left alone: it also ends connections whose peer answers, and merely has no room, which is how a
// receiver slows us down. health finds peers that do not answer.
func tune(int) error { return nil }

// takeNap blocks the thread for about d. The runtime's timers are no use for times below a millisecond: it rounds them
// up to one when nothing else is to be done.
func takeNap(d time.Duration) {
	ts := unix.NsecToTimespec(d.Nanoseconds())
	_ = unix.Nanosleep(&ts, nil) // A signal that ends it early does no harm.
}
