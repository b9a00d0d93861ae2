package router

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/core/admin"
	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/delivery/deadletter"
	"github.com/skidway/skidway/core/spool"
)

// Stopped is the data_dir of a router that does not run. It reads without a lock, and changes only what nobody else uses.
// It is safe for concurrent use.
type Stopped struct {
	dataFiles
	log hclog.Logger
}

var (
	_ admin.Spool   = (*Stopped)(nil)
	_ admin.Letters = (*Stopped)(nil)
	_ admin.Finder  = (*Stopped)(nil)
)

// OpenStopped looks at a data_dir, or at the folder of a spool alone. It logs what the spool says when it is opened for a
// change.
func OpenStopped(dir string, log hclog.Logger) (*Stopped, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, err
	}
	s := &Stopped{dataFiles{filepath.Join(dir, "spool"), filepath.Join(dir, "dead-letter")}, log}
	switch {
	case exists(s.spool):
	case exists(s.letters):
		s.spool = ""
	default:
		s.spool, s.letters = dir, ""
		if _, err := spool.Inspect(dir); err != nil {
			return nil, fmt.Errorf("%s is no data_dir: it has neither a folder spool nor a folder dead-letter", dir)
		}
	}
	return s, nil
}

// Inspect implements admin.Spool.
func (s *Stopped) Inspect(context.Context) (json.RawMessage, error) { return s.inspect() }

// Verify implements admin.Spool.
func (s *Stopped) Verify(ctx context.Context) (json.RawMessage, error) { return s.verify(ctx) }

// Export implements admin.Spool.
func (s *Stopped) Export(ctx context.Context, which admin.Selection, do func(json.RawMessage) error) (admin.Searched, error) {
	return s.export(ctx, which, do)
}

// Forget implements admin.Spool.
func (s *Stopped) Forget(_ context.Context, address string) error {
	return s.maintain(func(d *spool.Disk) error { return forget(d, address) })
}

// Rename implements admin.Spool.
func (s *Stopped) Rename(_ context.Context, from, to string) error {
	return s.maintain(func(d *spool.Disk) error { return d.Rename(from, to) })
}

// Replay implements admin.Spool.
func (s *Stopped) Replay(ctx context.Context, r admin.SpoolReplay) (out admin.SpoolReplayed, err error) {
	err = s.maintain(func(d *spool.Disk) (err error) {
		out, err = replaySpool(ctx, d, r)
		return err
	})
	return out, err
}

// maintain opens the spool, which nobody else may have open, for a change.
func (s *Stopped) maintain(do func(*spool.Disk) error) error {
	if err := s.needSpool(); err != nil {
		return err
	}
	d, err := spool.Maintain(s.spool, s.log)
	if err != nil {
		return err
	}
	if err := do(d); err != nil {
		return errors.Join(err, d.Close())
	}
	return d.Close()
}

// List implements admin.Letters.
func (s *Stopped) List(ctx context.Context, which admin.Selection) ([]admin.LetterSummary, error) {
	return s.list(ctx, which)
}

// Show implements admin.Letters.
func (s *Stopped) Show(ctx context.Context, which admin.Selection, do func(json.RawMessage) error) (admin.Searched, error) {
	return s.show(ctx, which, do)
}

// ReplayLetters implements admin.Letters: only a router can do it.
func (s *Stopped) ReplayLetters(context.Context, admin.LetterReplay) (admin.LetterReplayed, error) {
	return admin.LetterReplayed{}, admin.Refused("start it: skidway run", "only a running router can replay dead letters")
}

// Purge implements admin.Letters.
func (s *Stopped) Purge(ctx context.Context, which admin.Selection) (out admin.LetterPurged, err error) {
	filter, err := letterFilter(which)
	if err != nil {
		return out, err
	}
	if _, err := s.reader(which.Destination); err != nil {
		return out, err
	}
	err = withStore(s.letters, which.Destination, func(store *deadletter.Store) error {
		done, err := store.Purge(ctx, filter)
		out = admin.LetterPurged{Letters: done.Entries, Damaged: done.Damaged}
		return err
	})
	if errors.Is(err, deadletter.ErrLocked) {
		err = admin.Refused("name its socket with --socket", "a router that runs on this data_dir has them: it did not answer")
	}
	return out, err
}

// Find implements admin.Finder.
func (s *Stopped) Find(ctx context.Context, which admin.Selection, do func(admin.Found) error) (admin.Searched, error) {
	f := finder{
		dataFiles: s.dataFiles, which: which, do: do,
		state:    func(string) string { return "the router does not run" },
		inMemory: func() map[string][]delivery.DeadLetter { return nil },
	}
	if s.spool != "" {
		r, err := spool.Inspect(s.spool)
		if err != nil {
			return admin.Searched{}, err
		}
		for _, c := range r.Cursors {
			if !c.Parked {
				f.known = append(f.known, c.Address)
			}
		}
	}
	return f.find(ctx)
}
