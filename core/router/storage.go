package router

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/sys/unix"

	"github.com/skidway/skidway/core/config"
	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/delivery/deadletter"
	"github.com/skidway/skidway/core/metrics"
	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// storage is the spool with what the kind of it asks for.
type storage struct {
	spool.Spool
	disk *spool.Disk // nil: the spool is in memory
	// dir is the data_dir; empty: there is none.
	dir string
	// letters are the stores of dead letters by the addresses of destinations and pipelines; none without a data_dir.
	letters map[string]*deadletter.Store

	stop  context.CancelFunc
	ended chan error
}

// openStorage makes the data_dir and opens the spool.
func openStorage(c *config.Config, o Options) (*storage, error) {
	s := &storage{dir: c.Router.DataDir, letters: map[string]*deadletter.Store{}}
	if s.dir != "" {
		if err := os.MkdirAll(s.dir, 0o700); err != nil {
			return nil, fmt.Errorf("make data_dir: %w", err)
		}
	}
	if !c.Router.Disk {
		mem, err := spool.NewMemory(c.Router.Spool)
		s.Spool = mem
		return s, err
	}
	if err := checkSpace(c, o); err != nil {
		return nil, err
	}
	options := c.Router.DiskSpool
	options.Log = o.Log.Named("spool")
	disk, err := spool.OpenDisk(filepath.Join(s.dir, "spool"), options)
	s.Spool, s.disk = disk, disk
	return s, err
}

// checkSpace refuses sizes that the file system of the data_dir can't have, and warns of those that it hardly can.
func checkSpace(c *config.Config, o Options) error {
	var fs unix.Statfs_t
	if err := unix.Statfs(c.Router.DataDir, &fs); err != nil {
		return fmt.Errorf("look at the file system of data_dir: %w", err)
	}
	total := int64(fs.Blocks) * int64(fs.Bsize) //nolint:unconvert // the types differ between systems
	warnings, err := c.FitsSpace(total)
	for _, w := range warnings {
		o.Log.Warn("configuration warning: see skidway validate --here", "warning", w)
	}
	return err
}

// openLetters opens the store of dead letters of a destination.
func (s *storage) openLetters(d *config.Destination, m *metrics.Destination, log hclog.Logger) (*deadletter.Store, error) {
	o := deadletter.Options{MaxBytes: d.DeadLetters.MaxBytes, Metrics: m, Log: log}
	if d.DeadLetters.DropOldest {
		o.WhenFull = deadletter.DropOldest
	}
	store, err := deadletter.Open(filepath.Join(s.dir, "dead-letter"), d.Address, o)
	if err != nil {
		return nil, fmt.Errorf("open dead letters of %s: %w", d.Address, err)
	}
	s.letters[d.Address] = store
	return store, nil
}

// lettersOf opens the store of dead letters of a pipeline; without a data_dir they are kept in memory.
func (s *storage) lettersOf(pipeline string, m *metrics.Destination, log hclog.Logger) (delivery.DeadLetters, error) {
	if s.dir == "" {
		return delivery.NewMemoryDeadLetters(m), nil
	}
	store, err := deadletter.Open(filepath.Join(s.dir, "dead-letter"), pipeline, deadletter.Options{Metrics: m, Log: log})
	if err != nil {
		return nil, fmt.Errorf("open dead letters of %s: %w", pipeline, err)
	}
	s.letters[pipeline] = store
	return store, nil
}

// start begins to publish what is appended.
func (s *storage) start(ctx context.Context) {
	if s.disk == nil {
		return
	}
	// What was accepted is written, however the router ends.
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.ended = make(chan error, 1)
	go func() { s.ended <- s.disk.Run(ctx) }()
}

// close ends the spool after everything else. It may be called without start.
func (s *storage) close() error {
	var errs []error
	for _, l := range s.letters {
		errs = append(errs, l.Close())
	}
	if s.stop != nil {
		s.stop()
		errs = append(errs, <-s.ended)
	}
	if s.disk != nil {
		errs = append(errs, s.disk.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("end the storage: %w", err)
	}
	return nil
}

// kind says what kind of spool it is.
func (s *storage) kind() string {
	if s.disk != nil {
		return "disk"
	}
	return "memory"
}

// sentBefore is the highest position that an earlier process may have sent.
func (s *storage) sentBefore() record.Position {
	if s.disk == nil {
		return 0
	}
	return s.disk.SentBefore()
}

// recordDrop returns what notes records that lanes drop; nil with a spool in memory.
func (s *storage) recordDrop() func(spool.Drop) {
	if s.disk == nil {
		return nil
	}
	return s.disk.RecordDrop
}

// stateDir makes the folder that the block at address keeps its state in; empty when there is no data_dir.
func (s *storage) stateDir(address string) (string, error) {
	if s.dir == "" {
		return "", nil
	}
	dir := filepath.Join(s.dir, "state", address)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make state folder of %s: %w", address, err)
	}
	return dir, nil
}

// epochOf returns the epoch of a cursor; 0 with a spool in memory.
func epochOf(c spool.Cursor) uint64 {
	if d, ok := c.(spool.DurableCursor); ok {
		return d.Epoch()
	}
	return 0
}
