package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/skidway/skidway/core/spool"
)

func newSpoolStatus() *cobra.Command {
	var flags routerFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status [-c PATH]... [--dir PATH]",
		Short: "show segments, places of destinations and what was dropped",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := flags.inspect(cmd)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), r)
			}
			writeSpool(cmd.OutOrStdout(), r, time.Now())
			return nil
		},
	}
	flags.add(cmd, true)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// inspect returns what lies in the spool.
func (f *routerFlags) inspect(cmd *cobra.Command) (*spool.Report, error) {
	t, done, err := f.tools(cmd)
	if err != nil {
		return nil, err
	}
	defer done()
	raw, err := t.Inspect(cmd.Context())
	if err != nil {
		return nil, asked(err)
	}
	var r spool.Report
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, failed("the router may be of another version", "read the answer: %v", err)
	}
	return &r, nil
}

func writeSpool(w io.Writer, r *spool.Report, now time.Time) {
	var records, bytes, files int64
	for _, s := range r.Segments {
		records, bytes, files = records+s.Records, bytes+s.Bytes, files+s.FileSize
	}
	fmt.Fprintf(w, "spool %s, format %d: %s with %s, %s of records in %s of files; next position %d\n", r.IDHex, r.Format,
		plural(len(r.Segments), "segment"), plural(int(records), "record"), size(bytes), size(files), r.Next)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if len(r.Segments) > 0 {
		fmt.Fprintln(t, "\nSEGMENT\tPOSITIONS\tRECORDS\tFILE\tOLDEST\tNEWEST\tSTATE")
	}
	for _, s := range r.Segments {
		state := "current"
		switch {
		case s.Thinned:
			state = "thinned"
		case s.Sealed:
			state = "sealed"
		}
		positions := "none"
		if s.Records > 0 {
			positions = fmt.Sprintf("%d to %d", s.First, s.Last)
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\t%s\t%s\n", s.Name, positions, s.Records, size(s.FileSize), orDash(moment(s.Oldest)), orDash(moment(s.Newest)), state)
	}
	t.Flush()
	if len(r.Cursors) > 0 {
		fmt.Fprintln(t, "\nDESTINATION\tSETTLED THROUGH\tUNDELIVERED\tOLDEST\tSTATE")
	}
	for _, c := range r.Cursors {
		fmt.Fprintf(t, "%s\t%d\t%d (%s)\t%s\t%s\n", c.Address, c.Frontier, c.Records, size(c.Bytes), orDash(since(now, c.Oldest)), cursorState(&c))
	}
	t.Flush()
	if len(r.Drops) > 0 {
		fmt.Fprintln(t, "\nDROPPED AT\tPOSITIONS\tRECORDS\tREASON\tWHEN")
	}
	for _, d := range r.Drops {
		address := d.Address
		if address == "" {
			address = "every destination"
		}
		fmt.Fprintf(t, "%s\t%d to %d\t%d\t%s\t%s\n", address, d.First, d.Last, d.Count, d.Reason, stamp(time.Unix(0, d.UnixNano)))
	}
	t.Flush()
	for _, q := range r.Quarantine {
		fmt.Fprintf(w, "quarantine: %s, %s, is a copy of something damaged\n", q.Name, size(q.Bytes))
	}
	for _, n := range r.Warnings {
		fmt.Fprintf(w, "warning: %s\n", plainText(n))
	}
}

func cursorState(c *spool.CursorReport) string {
	state := "configured"
	if c.Parked {
		state = fmt.Sprintf("parked, %d dropped since", c.DroppedParked)
	}
	if c.ReplayThrough > 0 {
		state += fmt.Sprintf(", a replay goes on through %d", c.ReplayThrough)
	}
	return state
}

// moment is stamp; empty for the zero time.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return stamp(t)
}
