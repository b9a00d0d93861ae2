package deadletter

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Summary says what a store holds.
type Summary struct {
	// Count entries with Bytes on disk, given up from Oldest to Newest. Copies of a letter do not count.
	Count, Bytes   int64
	Oldest, Newest time.Time
	// Groups by destination, code and reason, the largest first.
	Groups []Group
	Damage Damage
	// Foreign names what lies in the folder and is not the store's.
	Foreign []string
}

// Group is entries that have the destination, code and reason in common.
type Group struct {
	Destination, Code, Reason string
	// Others says that the group holds all further reasons; Reason is empty then.
	Others bool

	Count, Bytes   int64
	Oldest, Newest time.Time
}

// maxGroups bounds what reasons that differ from record to record cost.
const maxGroups = 1000

type groupKey struct {
	destination, code, reason string
	others                    bool
}

// List sums up the entries that f selects.
func (r *Reader) List(ctx context.Context, f Filter) (Summary, error) {
	all := Group{}
	groups := map[groupKey]*Group{}
	for e, err := range r.Entries(ctx, f) {
		if err != nil {
			return Summary{}, err
		}
		k := groupKey{destination: e.Destination, code: e.Code.String(), reason: e.Reason}
		g := groups[k]
		if g == nil && len(groups) >= maxGroups {
			k.reason, k.others = "", true
			if len(groups) >= 2*maxGroups {
				k.destination, k.code = "", ""
			}
			g = groups[k]
		}
		if g == nil {
			g = &Group{Destination: k.destination, Code: k.code, Reason: k.reason, Others: k.others}
			groups[k] = g
		}
		g.add(e)
		all.add(e)
	}
	s := Summary{
		Count: all.Count, Bytes: all.Bytes, Oldest: all.Oldest, Newest: all.Newest,
		Damage: r.damage, Foreign: r.foreign,
	}
	for _, g := range groups {
		s.Groups = append(s.Groups, *g)
	}
	slices.SortFunc(s.Groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Destination, b.Destination),
			cmp.Compare(a.Code, b.Code), cmp.Compare(a.Reason, b.Reason))
	})
	return s, nil
}

func (g *Group) add(e *Entry) {
	if g.Count == 0 || e.GivenUp.Before(g.Oldest) {
		g.Oldest = e.GivenUp
	}
	if g.Count == 0 || e.GivenUp.After(g.Newest) {
		g.Newest = e.GivenUp
	}
	g.Count++
	g.Bytes += int64(len(e.Line)) + 1
}
