package tcp

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// States of a connection that data can still be acknowledged in, by the kernel's numbers.
const (
	established = 4
	closeWait   = 5
)

// unacked returns how many of the bytes written to the socket the peer's kernel has not acknowledged.
func unacked(fd int) (int, error) {
	n, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_NWRITE)
	if err != nil {
		return 0, fmt.Errorf("read send queue: %w", err)
	}
	if n > 0 {
		return n, nil
	}
	// A connection that was lost has an empty queue too. It never opens again, so asked in this order the answer holds.
	h, err := readHealth(fd)
	if err == nil && !h.open {
		err = errLost
	}
	return 0, err
}

// readHealth returns what the kernel knows of the connection. It does not find peers that do not answer: tune leaves
// that to the kernel.
func readHealth(fd int) (health, error) {
	info, err := unix.GetsockoptTCPConnectionInfo(fd, unix.IPPROTO_TCP, unix.TCP_CONNECTION_INFO)
	if err != nil {
		return health{}, fmt.Errorf("read connection state: %w", err)
	}
	return health{open: info.State == established || info.State == closeWait}, nil
}

// tune lets the kernel end a connection whose retransmissions nobody answers.
func tune(fd int) error {
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_RXT_CONNDROPTIME, silenceLimitMilli/1000); err != nil {
		return fmt.Errorf("set retransmission limit: %w", err)
	}
	return nil
}

// takeNap waits for about d.
func takeNap(d time.Duration) { <-time.After(d) }
