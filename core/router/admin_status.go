package router

import (
	"os"
	"time"

	"github.com/skidway/skidway/core/admin"
	"github.com/skidway/skidway/core/config"
	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/pluginhost"
	"github.com/skidway/skidway/core/spool"
)

// Status implements admin.State.
func (a *adminSide) Status() admin.Status {
	r, now := a.r, time.Now()
	report := r.Report()
	s := admin.Status{
		Router: admin.RouterStatus{
			Version: r.o.Version, PID: os.Getpid(), Started: a.started, Now: now, Config: r.o.AdminConfig, DataDir: r.c.Router.DataDir,
			NotReady: a.NotReady(),
		},
		Spool: a.spoolStatus(now),
	}
	for _, from := range report.Sources {
		s.Sources = append(s.Sources, a.sourceStatus(from))
	}
	for _, p := range report.Pipelines {
		for i := range p.Steps {
			p.Steps[i].When = a.scrub.Replace(p.Steps[i].When)
		}
		s.Pipelines = append(s.Pipelines, p.PipelineStatus)
	}
	for i, l := range r.lanes {
		s.Destinations = append(s.Destinations, a.destinationStatus(l, report.Destinations[i], now))
	}
	if r.spool.disk != nil {
		for _, p := range r.spool.disk.Parked() {
			s.Parked = append(s.Parked, admin.ParkedStatus{Address: p.Address, Records: p.Records, Bytes: p.Bytes, Dropped: p.Dropped})
		}
	}
	return s
}

// NotReady implements admin.State.
func (a *adminSide) NotReady() []string {
	var reasons []string
	if !a.running.Load() {
		reasons = append(reasons, "starting")
	}
	if a.draining.Load() {
		reasons = append(reasons, "draining")
	}
	if d := a.r.spool.disk; d != nil {
		if err := d.State().Trouble; err != nil {
			reasons = append(reasons, "the spool waits for the disk: "+a.scrub.Replace(err.Error()))
		}
	}
	return reasons
}

func (a *adminSide) spoolStatus(now time.Time) admin.SpoolStatus {
	sp := a.r.spool
	st := sp.Stats()
	s := admin.SpoolStatus{Kind: sp.kind(), Bytes: st.Bytes, MaxBytes: st.MaxBytes, FullIn: a.fullIn("", now, st.Bytes, st.MaxBytes)}
	if sp.disk == nil {
		return s
	}
	d := sp.disk.State()
	s.Segments, s.Oldest, s.Damages, s.LostRecords = d.Segments, d.Oldest, d.Damages, d.Lost
	if d.Trouble != nil {
		s.Trouble = a.scrub.Replace(d.Trouble.Error())
	}
	return s
}

func (a *adminSide) sourceStatus(from SourceReport) admin.SourceStatus {
	s := admin.SourceStatus{Address: from.Address, Accepted: from.Accepted, Refused: from.Other["connections_refused"]}
	for what, n := range from.Other {
		if n > 0 && what != "connections_refused" {
			if s.Other == nil {
				s.Other = map[string]int64{}
			}
			s.Other[what] = n
		}
	}
	for _, t := range a.r.tcp {
		if t.address == from.Address {
			s.Connections = t.metrics.Connections.Load()
		}
	}
	return s
}

func (a *adminSide) destinationStatus(l *lane, report DestinationReport, now time.Time) admin.DestinationStatus {
	state, plugin, backlog := l.Status(), l.plugin.Status(), l.cursor.Backlog()
	s := admin.DestinationStatus{
		Address: l.address, State: state.State.String(), Reason: a.reason(state, plugin), PID: plugin.PID,
		Delivered: report.Delivered, DeadLettered: report.DeadLettered,
		Retries: l.metrics.Retries.Load(), Restarts: l.metrics.Restarts.Load(), DeadLetterBytes: l.metrics.DeadLetterBytes.Load(),
		Backlog: admin.BacklogStatus{
			Records: backlog.Records, Bytes: backlog.Bytes, MaxBytes: backlog.MaxBytes,
			FullIn: a.fullIn(l.address, now, backlog.Bytes, backlog.MaxBytes),
		},
	}
	if plugin.State != pluginhost.Running {
		s.Plugin = plugin.State.String()
	}
	for why, n := range report.Dropped {
		if n > 0 {
			if s.Dropped == nil {
				s.Dropped = map[string]int64{}
			}
			s.Dropped[why] = n
		}
	}
	if backlog.OldestUnixNano > 0 {
		s.Backlog.Oldest = time.Unix(0, backlog.OldestUnixNano).UTC()
	}
	c := a.configured(l.address)
	s.Backlog.WhenFull = whenFull(c.Backlog.WhenFull)
	s.Backlog.LimitedBy = limitedBy(state, backlog, c.Delivery.MaxInFlight)
	return s
}

// reason says why a lane is in its state: what is known of the plugin's process says more than that the lane waits for it.
func (a *adminSide) reason(state delivery.Status, plugin pluginhost.Status) string {
	reason := state.Reason
	if state.State == delivery.Connecting && plugin.Reason != "" {
		reason = plugin.Reason
	}
	return a.scrub.Replace(reason)
}

func (a *adminSide) configured(address string) config.Destination {
	for _, d := range a.r.c.Destinations {
		if d.Address == address {
			return d
		}
	}
	return config.Destination{}
}

func whenFull(p spool.Policy) string {
	if p == spool.DropOldest {
		return "drop_oldest"
	}
	return "block"
}

// limitedBy says what keeps a backlog from being delivered faster.
func limitedBy(state delivery.Status, backlog spool.Backlog, maxInFlight int) string {
	if maxInFlight == 0 {
		maxInFlight = delivery.Defaults().MaxInFlight
	}
	switch {
	case backlog.Records == 0:
		return ""
	case state.State != delivery.Running:
		return state.State.String()
	case state.WithPlugin >= maxInFlight && backlog.Untaken > 0:
		return "window"
	}
	return ""
}
