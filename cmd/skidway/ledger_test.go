package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// sender writes numbered lines "<name> <number> <padding>" to one connection.
type sender struct {
	t    *testing.T
	name string
	conn net.Conn
	w    *bufio.Writer
	next int
}

func dial(t *testing.T, addr, name string) *sender {
	t.Helper()
	conn, err := (&net.Dialer{Timeout: patience}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &sender{t: t, name: name, conn: conn, w: bufio.NewWriterSize(conn, 64<<10)}
}

var padding = strings.Repeat("x", 200)

// send writes the next n lines.
func (s *sender) send(n int) {
	s.t.Helper()
	for range n {
		fmt.Fprintf(s.w, "%s %d %s\n", s.name, s.next, padding)
		s.next++
	}
	if err := s.w.Flush(); err != nil {
		s.t.Fatal(err)
	}
}

// close ends the connection in order.
func (s *sender) close() {
	s.t.Helper()
	if err := s.conn.Close(); err != nil {
		s.t.Fatal(err)
	}
}

// ledger holds what arrived: for each sender the numbers in the order of arrival.
type ledger struct {
	numbers map[string][]int
	torn    int // lines that are no record
}

func readLedger(t *testing.T, content []byte) *ledger {
	t.Helper()
	l := &ledger{numbers: map[string][]int{}}
	for line := range bytes.Lines(content) {
		name, number, ok := parseLine(strings.TrimSuffix(string(line), "\n"))
		if !ok {
			l.torn++
			continue
		}
		l.numbers[name] = append(l.numbers[name], number)
	}
	return l
}

func parseLine(line string) (name string, number int, ok bool) {
	fields := strings.Split(line, " ")
	if len(fields) != 3 || fields[2] != padding {
		return "", 0, false
	}
	number, err := strconv.Atoi(fields[1])
	return fields[0], number, err == nil
}

func readLedgerFile(t *testing.T, path string) *ledger {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return readLedger(t, content)
}

// exact checks that every sender's n records are there once, in order.
func (l *ledger) exact(t *testing.T, senders, n int) {
	t.Helper()
	l.check(t, senders, n, false)
}

// firstCopies checks that every sender's n records are there at least once, their first copies in order.
func (l *ledger) firstCopies(t *testing.T, senders, n int) {
	t.Helper()
	l.check(t, senders, n, true)
}

func (l *ledger) check(t *testing.T, senders, n int, repeats bool) {
	t.Helper()
	if len(l.numbers) != senders {
		t.Errorf("records of %d senders arrived, want %d", len(l.numbers), senders)
	}
	if l.torn > 0 && !repeats {
		t.Errorf("%d lines are torn", l.torn)
	}
	wrong := 0
	for name, numbers := range l.numbers {
		want := 0
		for _, got := range numbers {
			switch {
			case got == want:
				want++
			case got < want && repeats:
			default:
				if wrong++; wrong < 10 {
					t.Errorf("sender %s: got record %d where %d was due", name, got, want)
				}
				want = max(want, got+1)
			}
		}
		if want != n {
			if wrong++; wrong < 10 {
				t.Errorf("sender %s: %d of %d records arrived", name, want, n)
			}
		}
	}
}

// waitFile blocks until the file has so many lines (or more), and returns its content.
func waitFile(t *testing.T, path string, n int) []byte {
	t.Helper()
	var content []byte
	eventually(t, fmt.Sprintf("%s has %d lines", path, n), func() bool {
		st, err := os.Stat(path)
		if err != nil || st.Size() == int64(len(content)) {
			return false
		}
		content, err = os.ReadFile(path)
		return err == nil && bytes.Count(content, []byte("\n")) >= n
	})
	return content
}

// eventually polls for what nothing announces, such as the state of a file that another process writes.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("it never came true that %s", what)
		}
	}
}
