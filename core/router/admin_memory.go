package router

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/skidway/skidway/core/admin"
	"github.com/skidway/skidway/core/delivery"
)

// letterFits is deadletter.Filter for a letter in memory.
func letterFits(d *delivery.DeadLetter, s admin.Selection) bool {
	return covers(s, d.GivenUp.UnixNano()) && (s.ID == 0 || s.ID == d.Origin.ID) &&
		(s.Code == "" || strings.EqualFold(s.Code, d.Code.String())) && bytes.Contains(d.Record, []byte(s.Contains))
}

// sumUp sums up letters in memory.
func sumUp(address string, letters []delivery.DeadLetter) admin.LetterSummary {
	s := admin.LetterSummary{Destination: address, InMemory: true}
	for i := range letters {
		d := &letters[i]
		at := slices.IndexFunc(s.Groups, func(g admin.LetterGroup) bool { return g.Code == d.Code.String() && g.Reason == d.Reason })
		if at < 0 {
			at = len(s.Groups)
			s.Groups = append(s.Groups, admin.LetterGroup{Code: d.Code.String(), Reason: d.Reason, Oldest: d.GivenUp})
		}
		g := &s.Groups[at]
		g.Count++
		g.Bytes += int64(len(d.Record))
		g.Newest = d.GivenUp
		if s.Count == 0 {
			s.Oldest = d.GivenUp
		}
		s.Count++
		s.Bytes += int64(len(d.Record))
		s.Newest = d.GivenUp
	}
	slices.SortStableFunc(s.Groups, func(a, b admin.LetterGroup) int { return cmp.Compare(b.Count, a.Count) })
	return s
}
