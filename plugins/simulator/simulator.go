// Package simulator is the source that makes up records: for a first look, for demonstrations and for load.
package simulator

import (
	"context"
	"time"

	"github.com/skidway/skidway/plugins/sdk"
)

// Plugin returns the plugin.
func Plugin(version string) sdk.Plugin {
	return sdk.Plugin{
		Name:        "simulator",
		Version:     version,
		Description: "Makes up JSON records at a steady rate.",
		Source: sdk.NewSource(
			Options{Rate: 10, Size: 256, Seed: 1, ErrorRatio: 0.1},
			func(o Options) sdk.Source { return &source{opts: o} },
		),
	}
}

// Options are the attributes of a source "simulator" block.
type Options struct {
	Rate       float64 `sk:"rate" doc:"Records per second. 0: as many as the router takes." min:"0" max:"1e7"`
	Count      uint64  `sk:"count" doc:"How many records to make before the source ends. 0: no end."`
	Size       int     `sk:"size" doc:"About how many bytes a record has; it is never shorter than its fields." min:"0" max:"65536"`
	Seed       uint64  `sk:"seed" doc:"Records of equal seed, size and error_ratio are equal but for their time."`
	ErrorRatio float64 `sk:"error_ratio" doc:"The share of records with level error." min:"0" max:"1"`
}

// batchRecords and batchBytes bound one Send, which shares its time.
const (
	batchRecords = 1000
	batchBytes   = 256 << 10
)

type source struct{ opts Options }

// Open has nothing to prepare.
func (s *source) Open(context.Context, sdk.Config) error { return nil }

// Close has nothing to release.
func (s *source) Close() error { return nil }

// Run sends records until the count is reached or ctx is done.
func (s *source) Run(ctx context.Context, out *sdk.Output) error {
	g := newGenerator(s.opts)
	p := newPacer(s.opts.Rate, time.Now())
	var records sdk.Records
	for sent := uint64(0); s.opts.Count == 0 || sent < s.opts.Count; {
		due := uint64(batchRecords)
		now := time.Now()
		if s.opts.Rate > 0 {
			var wait time.Duration
			if due, wait = p.due(now); due == 0 {
				if !sleep(ctx, wait) {
					return nil
				}
				continue
			}
			due = min(due, batchRecords)
		}
		if s.opts.Count > 0 {
			due = min(due, s.opts.Count-sent)
		}
		records.Reset()
		records.Received = now
		g.at(now)
		n := uint64(0)
		for n < due && records.Bytes() < batchBytes {
			records.Append(g.next())
			n++
		}
		if _, err := out.Send(ctx, &records); err != nil {
			if ctx.Err() != nil {
				return nil // the drain: what was not handed over was never made
			}
			return err
		}
		sent += n
		p.took(n)
	}
	return nil
}

// sleep waits for d and reports whether ctx let it.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
