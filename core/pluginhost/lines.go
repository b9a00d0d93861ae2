package pluginhost

import (
	"bytes"
	"sync"
)

// maxLine is the longest line of a plugin that is kept, in bytes. The rest of a longer one is dropped.
const maxLine = 64 << 10

// lines assembles a stream into lines. It is an io.Writer that never fails; it is not safe for concurrent use.
type lines struct {
	// emit gets each line without its terminator, and how many bytes of it were dropped. It must not keep the line.
	emit func(line []byte, dropped int)

	held    []byte
	dropped int
}

// Write takes the next bytes of the stream.
func (l *lines) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			l.hold(p)
			break
		}
		if len(l.held) == 0 && i <= maxLine {
			l.emit(p[:i], 0)
		} else {
			l.hold(p[:i])
			l.flush()
		}
		p = p[i+1:]
	}
	return n, nil
}

// end emits what is held as a last line.
func (l *lines) end() {
	if len(l.held) > 0 {
		l.flush()
	}
	l.held = nil
}

func (l *lines) hold(p []byte) {
	keep := min(len(p), maxLine-len(l.held))
	l.held = append(l.held, p[:keep]...)
	l.dropped += len(p) - keep
}

func (l *lines) flush() {
	l.emit(l.held, l.dropped)
	l.dropped = 0
	if cap(l.held) > 4<<10 {
		l.held = nil // long lines are rare; an idle plugin holds no memory for them
		return
	}
	l.held = l.held[:0]
}

// sharedLines is lines for a writer that may outlive it: what comes after end is dropped.
type sharedLines struct {
	mu     sync.Mutex
	lines  *lines
	closed bool
}

// Write takes the next bytes of the stream.
func (s *sharedLines) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return len(p), nil
	}
	return s.lines.Write(p)
}

// end emits what is held as a last line.
func (s *sharedLines) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.lines.end()
}
