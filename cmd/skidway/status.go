package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/skidway/skidway/core/admin"
)

func newStatus() *cobra.Command {
	var flags routerFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status [-c PATH]...",
		Short: "show what the running router does, and why",
		Long: "Show what the running router does: its spool, what each source took in and what became of it at each\n" +
			"destination, what waits, why, and when there will be no more room for it.\n\n" +
			"The counts of records are since the router was started.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := flags.running(cmd.Context())
			if err != nil {
				return err
			}
			defer client.Close()
			s, err := client.Status(cmd.Context())
			if err != nil {
				return asked(err)
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), s)
			}
			writeStatus(cmd.OutOrStdout(), &s)
			return nil
		},
	}
	flags.add(cmd, false)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// writeStatus prints a status for people.
func writeStatus(w io.Writer, s *admin.Status) {
	r := &s.Router
	state := "accepting"
	if len(r.NotReady) > 0 {
		state = "not accepting: " + plainText(strings.Join(r.NotReady, "; "))
	}
	fmt.Fprintf(w, "router   %s, version %s, up %s, pid %d\n", state, r.Version, longTime(r.Now.Sub(r.Started)), r.PID)
	fmt.Fprintf(w, "config   %s\n", strings.Join(r.Config, ", "))
	fmt.Fprintf(w, "spool    %s\n", strings.Join(spoolParts(&s.Spool, r), ", "))
	if s.Spool.Trouble != "" {
		fmt.Fprintf(w, "         waits for the disk: %s\n", plainText(s.Spool.Trouble))
	}
	if s.Spool.Damages > 0 {
		fmt.Fprintf(w, "         damaged: %s, in which %s can't be read: see skidway spool verify\n",
			plural(s.Spool.Damages, "piece"), plural(int(s.Spool.LostRecords), "record"))
	}
	writeSources(w, s.Sources)
	writePipelines(w, s.Pipelines)
	writeDestinations(w, s)
	for i, p := range s.Parked {
		if i == 0 {
			fmt.Fprintln(w, "\nparked (not configured; kept as long as others need what they have)")
		}
		fmt.Fprintf(w, "  %s  %s undelivered, %s, %d dropped since\n", p.Address, plural(int(p.Records), "record"), size(p.Bytes), p.Dropped)
	}
}

func spoolParts(s *admin.SpoolStatus, r *admin.RouterStatus) []string {
	parts := []string{s.Kind, fmt.Sprintf("%s of %s", size(s.Bytes), size(s.MaxBytes))}
	if s.FullIn > 0 {
		parts = append(parts, "full in "+longTime(s.FullIn.Duration()))
	}
	if s.Segments > 0 {
		parts = append(parts, plural(s.Segments, "segment"))
	}
	if !s.Oldest.IsZero() {
		parts = append(parts, "oldest record "+longTime(r.Now.Sub(s.Oldest))+" old")
	}
	if r.DataDir != "" {
		parts = append(parts, "in "+r.DataDir)
	}
	return parts
}

func writeSources(w io.Writer, sources []admin.SourceStatus) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nSOURCE\tACCEPTED\tCONNECTIONS\tREFUSED\tALSO")
	for _, s := range sources {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%s\n", s.Address, s.Accepted, s.Connections, s.Refused, orDash(counts(s.Other)))
	}
	t.Flush()
}

// writePipelines prints what became of records on their way, and the steps in which something went wrong.
func writePipelines(w io.Writer, pipelines []admin.PipelineStatus) {
	if len(pipelines) == 0 {
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nPIPELINE\tRECORDS\tOUT\tCHANGED\tOTHERWISE\tDEAD LETTERS\tDROPPED\tERRORS\tNULLS")
	for _, p := range pipelines {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%s\t%d\t%d\n", p.Address, p.Records, p.Out, p.Changed, p.Otherwise, p.DeadLettered,
			orDash(counts(p.Dropped)), p.Errors, p.Nulls)
	}
	t.Flush()
	for _, p := range pipelines {
		for _, s := range p.Steps {
			name := s.Name
			if s.Kind == "route" {
				name = fmt.Sprintf("route %q", s.Name)
			}
			fmt.Fprintf(w, "  %s %s: %s", p.Address, plainText(name), plural(int(s.Records), "record"))
			if s.Errors > 0 {
				fmt.Fprintf(w, ", %s (the first one is in the log)", plural(int(s.Errors), "error"))
			}
			if s.Nulls > 0 {
				fmt.Fprintf(w, ", %d without the field", s.Nulls)
			}
			fmt.Fprintln(w)
		}
	}
}

func writeDestinations(w io.Writer, s *admin.Status) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nDESTINATION\tSTATE\tDELIVERED\tDEAD LETTERS\tDROPPED\tWAITING\tOF\tOLDEST\tNOTE")
	for i := range s.Destinations {
		d := &s.Destinations[i]
		oldest := "-"
		if !d.Backlog.Oldest.IsZero() {
			oldest = longTime(s.Router.Now.Sub(d.Backlog.Oldest))
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%s\t%d (%s)\t%s\t%s\t%s\n", d.Address, d.State, d.Delivered, d.DeadLettered,
			orDash(counts(d.Dropped)), d.Backlog.Records, size(d.Backlog.Bytes), size(d.Backlog.MaxBytes), oldest, orDash(note(d)))
	}
	t.Flush()
	for _, d := range s.Destinations {
		if d.Reason != "" {
			fmt.Fprintf(w, "  %s is %s: %s\n", d.Address, d.State, plainText(d.Reason))
		}
	}
}

// note says what there is to know of a backlog besides its size.
func note(d *admin.DestinationStatus) string {
	var parts []string
	if d.Backlog.LimitedBy != "" {
		parts = append(parts, "limited by: "+d.Backlog.LimitedBy)
	}
	switch {
	case d.Backlog.MaxBytes > 0 && d.Backlog.Bytes >= d.Backlog.MaxBytes:
		parts = append(parts, "full: "+fullText(d.Backlog.WhenFull))
	case d.Backlog.FullIn > 0:
		parts = append(parts, "full in "+longTime(d.Backlog.FullIn.Duration())+", then "+fullText(d.Backlog.WhenFull))
	}
	return strings.Join(parts, "; ")
}

func fullText(whenFull string) string {
	if whenFull == "drop_oldest" {
		return "its oldest records are dropped"
	}
	return "its sources wait"
}

func counts(m map[string]int64) string {
	var parts []string
	for what, n := range m {
		parts = append(parts, fmt.Sprintf("%s %d", strings.ReplaceAll(what, "_", " "), n))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// plainText shows what others wrote on a terminal: nothing in it moves the cursor or ends the line.
func plainText(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' || r >= '\u202a' && r <= '\u202e' {
			return '\ufffd'
		}
		return r
	}, s)
}

// since is how long ago something was; empty for the zero time.
func since(now, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return longTime(now.Sub(t)) + " ago"
}
