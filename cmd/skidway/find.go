package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/skidway/skidway/core/admin"
	"github.com/skidway/skidway/core/delivery"
)

// selectFlags are the flags that choose records.
type selectFlags struct {
	from, until, contains, where string
	id                           uint64
	limit                        int
}

func (f *selectFlags) add(cmd *cobra.Command, limit int) {
	f.addTimes(cmd)
	cmd.Flags().StringVar(&f.contains, "contains", "", "only records with this `TEXT` in them")
	cmd.Flags().Uint64Var(&f.id, "id", 0, "only the record with this `ID`")
	cmd.Flags().IntVar(&f.limit, "limit", limit, "show at most `N`; 0: all")
}

func (f *selectFlags) addTimes(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.from, "from", "", "only from this `TIME` on: how long ago (1h, 2d), or a date")
	cmd.Flags().StringVar(&f.until, "until", "", "only before this `TIME`")
	cmd.Flags().StringVar(&f.where, "where", "", "only records for which this record `EXPRESSION` is true, for example 'record.level == \"error\"'")
}

func (f *selectFlags) selection(now time.Time) (s admin.Selection, err error) {
	if f.limit < 0 {
		return s, usage("0 means all", "--limit %d is negative", f.limit)
	}
	s = admin.Selection{Contains: f.contains, Where: f.where, ID: f.id, Limit: f.limit}
	if s.From, err = when("from", f.from, now); err != nil {
		return s, err
	}
	if s.Until, err = when("until", f.until, now); err != nil {
		return s, err
	}
	if !s.From.IsZero() && !s.Until.IsZero() && !s.From.Before(s.Until) {
		return s, usage("--from is the earlier of both", "there is no time between --from %s and --until %s", f.from, f.until)
	}
	return s, nil
}

func newFind() *cobra.Command {
	var flags routerFlags
	var which selectFlags
	var destination string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "find [--from TIME] [--contains TEXT] [--where EXPRESSION] [--id ID] [-c PATH]...",
		Short: "say where a record is: delivered, waiting, dropped or a dead letter",
		Long: "Search the spool, with what it still holds of delivered records, and the dead letters, and say of each record\n" +
			"that matches where it is at each destination. It works on a stopped router's data_dir too.",
		Example: "  skidway find --from 1h --contains 'order 4711'\n  skidway find --where 'record.status >= 500 && record.service == \"pay\"'\n  skidway find --id 1767225600000000001 --json",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := which.selection(time.Now())
			if err != nil {
				return err
			}
			s.Destination = destination
			t, done, err := flags.tools(cmd)
			if err != nil {
				return err
			}
			defer done()
			out := cmd.OutOrStdout()
			found := func(f admin.Found) error { return writeFound(out, &f) }
			if asJSON {
				found = func(f admin.Found) error { return writeLine(out, f) }
			}
			end, err := t.Find(cmd.Context(), s, found)
			if err != nil {
				return asked(err)
			}
			if asJSON {
				out = cmd.ErrOrStderr()
			}
			writeSearched(out, &end, s, "match")
			return nil
		},
	}
	flags.add(cmd, true)
	which.add(cmd, 20)
	cmd.Flags().StringVar(&destination, "destination", "", "only records of the destination at `ADDRESS`, and only what became of them there")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print each record as a line of JSON")
	return cmd
}

// maxShownData is how much of a record is shown to people.
const maxShownData = 200

func writeFound(w io.Writer, f *admin.Found) error {
	from := f.Source
	if f.Peer != "" {
		from += " (" + f.Peer + ")"
	}
	if _, err := fmt.Fprintf(w, "%s  id %d  %s\n  %s\n", stamp(f.Received), f.ID, from, shownData(f)); err != nil {
		return failed("", "print: %v", err)
	}
	for _, at := range f.Destinations {
		fmt.Fprintf(w, "  → %s: %s\n", at.Destination, atText(&at))
	}
	return nil
}

func shownData(f *admin.Found) string {
	text := "base64 " + base64.StdEncoding.EncodeToString(f.DataBase64)
	if f.Data != nil {
		text = plainText(*f.Data)
	}
	if runes := []rune(text); len(runes) > maxShownData {
		text = string(runes[:maxShownData]) + "…"
	}
	return text
}

// atText says where a record is at a destination.
func atText(at *admin.FoundAt) string {
	reason := plainText(at.Reason)
	switch at.State {
	case admin.AtDelivered:
		return "delivered"
	case admin.AtDropped:
		if at.Reason == delivery.DropDeadLettered {
			return "dead-lettered, " + stamp(at.Time) + "; it is no longer among the dead letters"
		}
		return fmt.Sprintf("dropped (%s), %s", reason, stamp(at.Time))
	case admin.AtSettled:
		return fmt.Sprintf("delivered or dropped before %s; which is not remembered", stamp(at.Time))
	case admin.AtWaiting:
		text := "waiting, " + aheadText(at)
		if reason != "" {
			text += "; " + reason
		}
		return text
	case admin.AtParked:
		return "waiting, " + aheadText(at) + "; the destination is not configured"
	case admin.AtDeadLettered:
		return fmt.Sprintf("dead letter since %s: %s", stamp(at.Time), reason)
	case admin.AtNotRouted:
		return "not routed there"
	}
	return "not known any more: the destination has no place in the spool"
}

func aheadText(at *admin.FoundAt) string {
	if at.AheadRecords == 0 {
		return "next in line"
	}
	return fmt.Sprintf("%s (%s) ahead", plural(int(at.AheadRecords), "record"), size(at.AheadBytes))
}

// writeSearched says what an answer covers.
func writeSearched(w io.Writer, s *admin.Searched, which admin.Selection, verb string) {
	if s.Shown == 0 {
		fmt.Fprintf(w, "nothing %ses\n", verb)
	}
	if s.More {
		fmt.Fprintf(w, "more than %d %s: narrow the search, or raise --limit\n", which.Limit, verb)
	}
	if !s.Oldest.IsZero() && (which.From.IsZero() || which.From.Before(s.Oldest)) {
		fmt.Fprintf(w, "the spool holds records received since %s: what was delivered before is gone; router.spool.retain keeps it longer\n", stamp(s.Oldest))
	}
	for _, n := range s.Notes {
		fmt.Fprintf(w, "note: %s\n", plainText(n))
	}
}
