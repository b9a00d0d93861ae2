package router

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/skidway/skidway/core/admin"
	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// adminSpool is the spool of a router that runs.
type adminSpool struct {
	dataFiles
	side *adminSide
}

// Inspect implements admin.Spool.
func (s *adminSpool) Inspect(context.Context) (json.RawMessage, error) { return s.inspect() }

// Verify implements admin.Spool.
func (s *adminSpool) Verify(ctx context.Context) (json.RawMessage, error) { return s.verify(ctx) }

// Export implements admin.Spool.
func (s *adminSpool) Export(ctx context.Context, which admin.Selection, do func(json.RawMessage) error) (admin.Searched, error) {
	return s.export(ctx, which, do)
}

// Forget implements admin.Spool.
func (s *adminSpool) Forget(_ context.Context, address string) error {
	if err := s.needSpool(); err != nil {
		return err
	}
	if s.side.lane(address) != nil {
		return admin.Refused("take it out of the configuration first, and restart the router", "%s is configured: the router needs its place", address)
	}
	return forget(s.side.r.spool.disk, address)
}

func forget(d *spool.Disk, address string) error {
	if !slices.ContainsFunc(d.Parked(), func(p spool.ParkedCursor) bool { return p.Address == address }) {
		return noPlace(address)
	}
	return d.Forget(address)
}

func noPlace(address string) error {
	return admin.NotFound("skidway spool status shows who has one", "%s has no place in the spool", address)
}

// Rename implements admin.Spool.
func (s *adminSpool) Rename(context.Context, string, string) error {
	if err := s.needSpool(); err != nil {
		return err
	}
	return admin.Refused("stop it, rename, change the name in the configuration, and start it", "the spool is in use by the router")
}

// Replay implements admin.Spool. The destination's session ends and is opened anew.
func (s *adminSpool) Replay(ctx context.Context, r admin.SpoolReplay) (admin.SpoolReplayed, error) {
	if err := s.needSpool(); err != nil {
		return admin.SpoolReplayed{}, err
	}
	disk := s.side.r.spool.disk
	lane := s.side.lane(r.To)
	if lane == nil {
		return admin.SpoolReplayed{}, s.side.noDestination(r.To)
	}
	if r.DryRun {
		return replaySpool(ctx, disk, r)
	}
	// What can't be done is found out before the session is ended for it.
	trial := r
	trial.DryRun = true
	out, err := replaySpool(ctx, disk, trial)
	if err != nil || out.Records == 0 {
		return out, err
	}
	err = lane.StepAside(ctx, func() (err error) {
		out, err = replaySpool(ctx, disk, r)
		return err
	})
	if ctx.Err() != nil {
		return admin.SpoolReplayed{}, err // it may still be written
	}
	return out, err
}

func replaySpool(ctx context.Context, d *spool.Disk, r admin.SpoolReplay) (admin.SpoolReplayed, error) {
	o := spool.ReplayOptions{From: r.From, Until: r.Until, Like: r.Like, Partial: r.Partial, DryRun: r.DryRun}
	holds, err := whereOf(r.Where)
	if err != nil {
		return admin.SpoolReplayed{}, err
	}
	if r.Contains != "" || r.Where != "" {
		o.Where = func(from *record.Origin, id uint64, data []byte) bool {
			return bytes.Contains(data, []byte(r.Contains)) && holds(from, id, data)
		}
	}
	report, err := d.Replay(ctx, r.To, o)
	out := admin.SpoolReplayed{
		Records: report.Records, Bytes: report.Bytes, First: uint64(report.First), Last: uint64(report.Last),
		Waiting: report.Waiting, Oldest: report.Oldest,
	}
	if errors.As(err, new(*spool.ReplayTooEarlyError)) {
		return out, admin.Refused("--partial takes what is held", "%v", err)
	}
	return out, err
}
