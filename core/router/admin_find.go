package router

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/skidway/skidway/core/admin"
	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// maxFoundLetters bounds the dead letters that a search keeps.
const maxFoundLetters = 100_000

// finder looks for records in the spool and among dead letters.
type finder struct {
	dataFiles
	which admin.Selection
	// known are the destinations that a record may not have been routed to.
	known []string
	// state says why a destination's records wait; empty: nothing keeps them.
	state func(address string) string
	// inMemory are the letters that are not on disk.
	inMemory func() map[string][]delivery.DeadLetter
	do       func(admin.Found) error

	letters map[letterAt]letter // nil: not read yet
	out     admin.Searched
}

// letterAt is where a record was when it was given up.
type letterAt struct {
	address  string
	position record.Position
	id       uint64
}

type letter struct {
	origin record.Origin
	data   []byte
	at     admin.FoundAt
}

// find searches. Dead letters are read when the spool has said what is settled: what is by then and was given up has its
// letter.
func (f *finder) find(ctx context.Context) (admin.Searched, error) {
	var report *spool.ScanReport
	var err error
	if f.spool != "" {
		var filter spool.Filter
		if filter, err = spoolFilter(f.which); err != nil {
			return f.out, err
		}
		filter.Fates = true
		report, err = spool.Scan(ctx, f.spool, filter, func(e *spool.Entry) error {
			if err := f.readLetters(ctx); err != nil {
				return err
			}
			return f.give(f.record(e))
		})
	} else {
		f.out.Notes = append(f.out.Notes, "the spool is in memory and is not searched: "+setDataDir)
	}
	if err == nil {
		if err = f.readLetters(ctx); err == nil {
			err = f.rest()
		}
	}
	return scanned(f.out, report, err)
}

func (f *finder) give(found admin.Found) error {
	if f.which.Limit > 0 && f.out.Shown >= int64(f.which.Limit) {
		return errEnough
	}
	f.out.Shown++
	return f.do(found)
}

// record says where a record of the spool is.
func (f *finder) record(e *spool.Entry) admin.Found {
	found := foundRecord(e.ID, e.Origin, e.Data)
	found.Position = uint64(e.Position)
	for _, fate := range e.Fates {
		if f.which.Destination == "" || fate.Address == f.which.Destination {
			found.Destinations = append(found.Destinations, f.at(fate, e))
		}
	}
	for _, a := range f.known {
		if f.which.Destination == "" && !slices.Contains(e.Destinations, a) {
			found.Destinations = append(found.Destinations, admin.FoundAt{Destination: a, State: admin.AtNotRouted})
		}
	}
	return found
}

// at says where a record is at a destination.
func (f *finder) at(fate spool.Fate, e *spool.Entry) admin.FoundAt {
	at := admin.FoundAt{
		Destination: fate.Address, State: fate.State, Reason: fate.Reason, Time: fate.Time,
		AheadRecords: fate.AheadRecords, AheadBytes: fate.AheadBytes,
	}
	k := letterAt{fate.Address, e.Position, e.ID}
	l, buried := f.letters[k]
	delete(f.letters, k)
	switch {
	case fate.State == spool.FateWaiting:
		at.Reason = f.state(fate.Address)
	case buried:
		at = l.at
	}
	return at
}

// rest gives the dead letters of which the spool has no record any more.
func (f *finder) rest() error {
	byID := map[uint64]*admin.Found{}
	var order []*admin.Found
	for _, l := range f.letters {
		found := byID[l.origin.ID]
		if found == nil {
			r := foundRecord(l.origin.ID, &l.origin, l.data)
			found = &r
			byID[l.origin.ID] = found
			order = append(order, found)
		}
		found.Destinations = append(found.Destinations, l.at)
	}
	slices.SortFunc(order, func(a, b *admin.Found) int {
		if c := a.Received.Compare(b.Received); c != 0 {
			return c
		}
		return cmp.Compare(a.ID, b.ID)
	})
	for _, found := range order {
		slices.SortFunc(found.Destinations, func(a, b admin.FoundAt) int { return strings.Compare(a.Destination, b.Destination) })
		if err := f.give(*found); err != nil {
			return err
		}
	}
	return nil
}

func (f *finder) readLetters(ctx context.Context) error {
	if f.letters != nil {
		return nil
	}
	f.letters = map[letterAt]letter{}
	filter, err := receivedFilter(f.which)
	if err != nil {
		return err
	}
	addresses, err := f.letterAddresses(f.which)
	if err != nil {
		return err
	}
	for _, a := range addresses {
		r, err := f.reader(a)
		if err != nil {
			return err
		}
		for e, err := range r.Entries(ctx, filter) {
			if err != nil {
				return err
			}
			if !f.keep(a, &e.DeadLetter) {
				return nil
			}
		}
		if r.Damage().Lines > 0 {
			f.out.Notes = append(f.out.Notes, "some dead letters of "+a+" can't be read")
		}
	}
	for a, letters := range f.inMemory() {
		for i := range letters {
			if !f.keep(a, &letters[i]) {
				return nil
			}
		}
	}
	return nil
}

// keep remembers a letter; false: there are too many.
func (f *finder) keep(address string, d *delivery.DeadLetter) bool {
	if len(f.letters) == maxFoundLetters {
		f.out.Notes = append(f.out.Notes, fmt.Sprintf("more than %d dead letters match: a record that is shown as delivered may be one; narrow the search", maxFoundLetters))
		return false
	}
	reason := d.Reason
	if code := d.Code.String(); code != "" {
		reason = code + ": " + reason
	}
	f.letters[letterAt{address, d.Position, d.Origin.ID}] = letter{d.Origin, slices.Clone(d.Record), admin.FoundAt{
		Destination: address, State: admin.AtDeadLettered, Reason: reason, Time: d.GivenUp,
	}}
	return true
}

func foundRecord(id uint64, o *record.Origin, data []byte) admin.Found {
	found := admin.Found{ID: id, Received: time.Unix(0, o.ReceivedUnixNano).UTC(), Source: o.Source, Peer: o.Peer, Destinations: []admin.FoundAt{}}
	if utf8.Valid(data) {
		text := string(data)
		found.Data = &text
	} else {
		found.DataBase64 = slices.Clone(data)
	}
	return found
}

// adminFinder finds records of a router that runs.
type adminFinder struct {
	dataFiles
	side *adminSide
}

// Find implements admin.Finder.
func (a *adminFinder) Find(ctx context.Context, s admin.Selection, do func(admin.Found) error) (admin.Searched, error) {
	if s.Code != "" || s.Entry != 0 {
		return admin.Searched{}, &admin.Error{Status: 400, Message: "code and entry are of dead letters alone"}
	}
	letters := adminLetters(*a)
	f := finder{
		dataFiles: a.dataFiles, which: s, known: a.side.addresses(), state: a.state, do: do,
		inMemory: func() map[string][]delivery.DeadLetter {
			given := s
			given.From, given.Until = time.Time{}, time.Time{}
			all := letters.inMemory(given)
			for address, kept := range all {
				all[address] = slices.DeleteFunc(kept, func(d delivery.DeadLetter) bool { return !covers(s, d.Origin.ReceivedUnixNano) })
			}
			return all
		},
	}
	return f.find(ctx)
}

// state says why the records of a destination wait.
func (a *adminFinder) state(address string) string {
	l := a.side.lane(address)
	if l == nil {
		return ""
	}
	state := l.Status()
	text := "the destination is " + state.State.String()
	if reason := a.side.reason(state, l.plugin.Status()); reason != "" {
		text += ": " + reason
	}
	return text
}
