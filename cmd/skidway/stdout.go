package main

import (
	"context"
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// readerGone returns a channel that is closed when f is a pipe or socket that nobody reads any more, as after
// `skidway run | head`, or a terminal that was closed. It watches until ctx ends.
func readerGone(ctx context.Context, f *os.File) <-chan struct{} {
	gone := make(chan struct{})
	st, err := f.Stat()
	if err != nil || st.Mode()&(os.ModeNamedPipe|os.ModeSocket) == 0 && !isTerminal(f) {
		return gone
	}
	wake, wakeWrite, err := os.Pipe()
	if err != nil {
		return gone // then it is noticed by who writes
	}
	context.AfterFunc(ctx, func() { wakeWrite.Close() })
	go func() {
		defer wake.Close()
		for {
			// A pipe without a reader has POLLERR, a socket or a closed terminal POLLHUP, without being asked for.
			fds := []unix.PollFd{{Fd: int32(f.Fd())}, {Fd: int32(wake.Fd()), Events: unix.POLLIN}}
			_, err := unix.Poll(fds, -1)
			switch {
			case errors.Is(err, unix.EINTR):
			case err != nil || fds[1].Revents != 0:
				return
			case fds[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0:
				close(gone)
				return
			}
		}
	}()
	return gone
}
