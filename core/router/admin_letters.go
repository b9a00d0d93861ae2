package router

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/skidway/skidway/core/admin"
	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/delivery/deadletter"
	"github.com/skidway/skidway/core/record"
)

// list sums up the letters on disk.
func (f dataFiles) list(ctx context.Context, s admin.Selection) ([]admin.LetterSummary, error) {
	filter, err := letterFilter(s)
	if err != nil {
		return nil, err
	}
	addresses, err := f.letterAddresses(s)
	if err != nil {
		return nil, err
	}
	all := []admin.LetterSummary{}
	for _, a := range addresses {
		r, err := f.reader(a)
		if err != nil {
			return nil, err
		}
		sum, err := r.List(ctx, filter)
		if err != nil {
			return nil, err
		}
		if sum.Count > 0 || sum.Damage.Lines > 0 {
			all = append(all, summary(a, sum))
		}
	}
	return all, nil
}

func summary(address string, sum deadletter.Summary) admin.LetterSummary {
	s := admin.LetterSummary{
		Destination: address, Count: sum.Count, Bytes: sum.Bytes, Oldest: sum.Oldest, Newest: sum.Newest, Damaged: sum.Damage.Lines,
	}
	for _, g := range sum.Groups {
		reason := g.Reason
		if g.Others {
			reason = "(others)"
		}
		s.Groups = append(s.Groups, admin.LetterGroup{Code: g.Code, Reason: reason, Count: g.Count, Bytes: g.Bytes, Oldest: g.Oldest, Newest: g.Newest})
	}
	return s
}

// show gives the letters on disk, as they lie there.
func (f dataFiles) show(ctx context.Context, s admin.Selection, do func(json.RawMessage) error) (out admin.Searched, err error) {
	filter, err := letterFilter(s)
	if err != nil {
		return out, err
	}
	addresses, err := f.letterAddresses(s)
	if err != nil {
		return out, err
	}
	for _, a := range addresses {
		r, err := f.reader(a)
		if err != nil {
			return out, err
		}
		for e, err := range r.Entries(ctx, filter) {
			if err != nil {
				return out, err
			}
			if s.Limit > 0 && out.Shown >= int64(s.Limit) {
				out.More = true
				return out, nil
			}
			out.Records++
			out.Shown++
			if err := do(slices.Clone(e.Line)); err != nil {
				return out, err
			}
		}
		if r.Damage().Lines > 0 {
			out.Notes = append(out.Notes, "some dead letters of "+a+" can't be read")
		}
	}
	return out, nil
}

// adminLetters are the dead letters of a router that runs.
type adminLetters struct {
	dataFiles
	side *adminSide
}

// List implements admin.Letters.
func (l *adminLetters) List(ctx context.Context, s admin.Selection) ([]admin.LetterSummary, error) {
	all, err := l.list(ctx, s)
	if err != nil {
		return nil, err
	}
	for address, letters := range l.inMemory(s) {
		if sum := sumUp(address, letters); sum.Count > 0 {
			all = append(all, sum)
		}
	}
	slices.SortFunc(all, func(a, b admin.LetterSummary) int { return strings.Compare(a.Destination, b.Destination) })
	return all, nil
}

// Show implements admin.Letters.
func (l *adminLetters) Show(ctx context.Context, s admin.Selection, do func(json.RawMessage) error) (admin.Searched, error) {
	out, err := l.show(ctx, s, do)
	for _, letters := range l.inMemory(s) {
		for i := range letters {
			if err != nil || out.More {
				return out, err
			}
			if s.Limit > 0 && out.Shown >= int64(s.Limit) {
				out.More = true
				break
			}
			var b []byte
			if b, err = letters[i].Envelope(); err == nil {
				err = do(b)
			}
			out.Records++
			out.Shown++
		}
	}
	return out, err
}

// ReplayLetters implements admin.Letters.
func (l *adminLetters) ReplayLetters(ctx context.Context, r admin.LetterReplay) (out admin.LetterReplayed, err error) {
	to := r.To
	if to == "" {
		to = r.Destination
	}
	if r.To == "" && strings.HasPrefix(to, "pipeline.") {
		return out, admin.Refused("name the destination that gets them with --to", "the dead letters of %s were for no destination", to)
	}
	if _, ok := l.side.sets[to]; !ok {
		return out, l.side.noDestination(to)
	}
	filter, err := letterFilter(r.Selection)
	if err != nil {
		return out, err
	}
	if r.DryRun {
		reader, err := l.diskReader(r.Destination)
		if err != nil {
			return out, err
		}
		sum, err := reader.List(ctx, filter)
		return admin.LetterReplayed{Letters: sum.Count}, err
	}
	err = l.with(r.Destination, func(s *deadletter.Store) error {
		out.Letters, err = s.Replay(ctx, filter, func(ctx context.Context, entries []deadletter.Entry) (int, error) {
			return l.publish(ctx, entries, to)
		})
		return err
	})
	return out, err
}

// publish appends letters as new records for one destination and returns how many are accepted.
func (l *adminLetters) publish(ctx context.Context, entries []deadletter.Entry, to string) (n int, err error) {
	sp, set := l.side.r.spool, l.side.sets[to]
	var last record.Position
	var data []byte
	for i := range entries {
		e := &entries[i]
		data = append(append(data[:0], e.Record...), '\n')
		p, failed := sp.Append(ctx, &record.Group{Origin: e.Origin, Sizes: []uint32{uint32(len(e.Record))}, Data: data}, set)
		if err = failed; err != nil {
			break
		}
		last, n = p, i+1
	}
	if n == 0 {
		return 0, err
	}
	if failed := sp.WaitPublished(ctx, last); failed != nil {
		return 0, failed // they may be sent, and are replayed again: never the other way round
	}
	return n, err
}

// Purge implements admin.Letters.
func (l *adminLetters) Purge(ctx context.Context, s admin.Selection) (out admin.LetterPurged, err error) {
	filter, err := letterFilter(s)
	if err != nil {
		return out, err
	}
	err = l.with(s.Destination, func(store *deadletter.Store) error {
		done, err := store.Purge(ctx, filter)
		out = admin.LetterPurged{Letters: done.Entries, Damaged: done.Damaged}
		return err
	})
	return out, err
}

// diskReader returns a reader of a destination's letters, and refuses when they are in memory.
func (l *adminLetters) diskReader(address string) (*deadletter.Reader, error) {
	var dead delivery.DeadLetters
	if lane := l.side.lane(address); lane != nil {
		dead = lane.dead
	} else if waypoint := l.side.r.waypoints.made[address]; waypoint != nil {
		dead = waypoint.dead
	}
	if _, ok := dead.(*delivery.MemoryDeadLetters); ok {
		return nil, admin.Refused(setDataDir, "the dead letters of %s are in memory, and stay there", address)
	}
	return l.reader(address)
}

// with calls do with the store of a destination: the router's own, or that of one which is not configured any more.
func (l *adminLetters) with(address string, do func(*deadletter.Store) error) error {
	if s := l.side.r.spool.letters[address]; s != nil {
		return do(s)
	}
	if _, err := l.diskReader(address); err != nil {
		return err
	}
	return withStore(l.letters, address, do)
}

// withStore opens a store that is there for as long as do takes.
func withStore(root, address string, do func(*deadletter.Store) error) error {
	s, err := deadletter.Open(root, address, deadletter.Options{})
	if err != nil {
		return err
	}
	if err := do(s); err != nil {
		_ = s.Close() // what was done is safe
		return err
	}
	return s.Close()
}

// inMemory returns the letters in memory that fit, by destination.
func (l *adminLetters) inMemory(s admin.Selection) map[string][]delivery.DeadLetter {
	all := map[string][]delivery.DeadLetter{}
	holds, err := whereOf(s.Where)
	if err != nil {
		return all // was answered
	}
	stores := map[string]delivery.DeadLetters{}
	for _, lane := range l.side.r.lanes {
		stores[lane.address] = lane.dead
	}
	for address, waypoint := range l.side.r.waypoints.made {
		stores[address] = waypoint.dead
	}
	for address, store := range stores {
		m, ok := store.(*delivery.MemoryDeadLetters)
		if !ok || s.Destination != "" && s.Destination != address || s.Entry != 0 {
			continue
		}
		all[address] = slices.DeleteFunc(m.All(), func(d delivery.DeadLetter) bool {
			return !letterFits(&d, s) || !holds(&d.Origin, d.Origin.ID, d.Record)
		})
	}
	return all
}
