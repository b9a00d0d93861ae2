package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// kinds are the records of an acked source as JSON: what a record holds follows from its run, its number, and how many rare
// services there are. One record in a hundred is of a rare service, in turn, all others are of the service main. Each run
// begins with other services.
type kinds struct{ services int }

func (k kinds) service(run, n int) string {
	if !isRare(n) {
		return "main"
	}
	return fmt.Sprintf("s%05d", (n/100+run*servicesApart)%k.services)
}

const servicesApart = 997

func isRare(n int) bool { return n%100 == 37 }

// ofService returns, for sequel, where the records of a service are.
func (k kinds) ofService(name string) func(run, n int) int {
	if name == "main" {
		return where(func(n int) bool { return !isRare(n) })
	}
	i, _ := strconv.Atoi(strings.TrimPrefix(name, "s"))
	every := 100 * k.services
	return func(run, n int) int {
		first := 37 + 100*(((i-run*servicesApart)%k.services+k.services)%k.services)
		return first + (max(0, n-first)+every-1)/every*every
	}
}

// where returns what finds the first number from n on for which belongs holds; there is always one soon.
func where(belongs func(n int) bool) func(run, n int) int {
	return func(_, n int) int {
		for !belongs(n) {
			n++
		}
		return n
	}
}

// level is error for one record in ten, debug for one in seven of the others.
func (kinds) level(n int) string {
	switch {
	case n%10 == 3:
		return "error"
	case n%7 == 0:
		return "debug"
	}
	return "info"
}

// append appends a record without its terminator.
func (k kinds) append(b []byte, run, n int, pad string) []byte {
	return fmt.Appendf(b, `{"run":%d,"n":%d,"service":"%s","level":"%s","pad":"%s"}`, run, n, k.service(run, n), k.level(n), pad)
}

// sequel checks the records of one file: those of each run that belong there, in order, none twice, and no other. Runs come
// one behind the other, because each ended before the next one began.
type sequel struct {
	t *testing.T
	// name is the file's, for complaints.
	name string
	kinds
	// from returns the number of the first record of a run from n on that is to be in the file.
	from func(run, n int) int
	// appended is what a transform adds to a record, in front of the last bracket; nil: nothing.
	appended func(n int) string
	// next is above the last record's number, and records how many there are, by run.
	next, records map[int]int
	last          int // run
}

// check goes through the content of the file. It returns how many records it has.
func (s *sequel) check(content []byte, pad string) (total int) {
	s.t.Helper()
	s.next, s.records = map[int]int{}, map[int]int{}
	wrong := 0
	complain := func(format string, args ...any) {
		if wrong++; wrong <= 5 {
			s.t.Errorf("%s: "+format, append([]any{s.name}, args...)...)
		}
	}
	var want []byte
	for line := range bytes.Lines(content) {
		total++
		run, n, ok := numbers(line)
		want = s.append(want[:0], run, n, pad)
		if s.appended != nil {
			want = append(append(want[:len(want)-1], s.appended(n)...), '}')
		}
		want = append(want, '\n')
		switch due := s.from(run, s.next[run]); {
		case !ok || !bytes.Equal(line, want):
			complain("line %d is no record that was sent: %.120q", total, line)
		case run < s.last:
			complain("line %d is of run %d, behind one of run %d", total, run, s.last)
		case n != due:
			complain("line %d is record %d of run %d; %d was due", total, n, run, due)
		}
		s.last = max(s.last, run)
		s.next[run] = max(s.next[run], n+1)
		s.records[run]++
	}
	if wrong > 5 {
		s.t.Errorf("%s: and %d more", s.name, wrong-5)
	}
	return total
}

// has checks that what was accepted of each run is there.
func (s *sequel) has(accepted map[int]int) {
	s.t.Helper()
	for run, n := range accepted {
		if due := s.from(run, s.next[run]); due < n {
			s.t.Errorf("%s: %d records of run %d were accepted; record %d, which belongs there, is missing", s.name, n, run, due)
		}
	}
}

// numbers reads run and number of a record.
func numbers(line []byte) (run, n int, ok bool) {
	rest, ok1 := strings.CutPrefix(string(line), `{"run":`)
	r, rest, ok2 := strings.Cut(rest, `,"n":`)
	m, _, ok3 := strings.Cut(rest, ",")
	run, err1 := strconv.Atoi(r)
	n, err2 := strconv.Atoi(m)
	return run, n, ok1 && ok2 && ok3 && err1 == nil && err2 == nil
}
