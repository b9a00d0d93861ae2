package file

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/skidway/skidway/plugins/internal/envelope"
	"github.com/skidway/skidway/plugins/sdk"
)

// destination writes one file. The mutex is held for a write, and by the keeper only to exchange the file.
type destination struct {
	host
	disk disk
	// stop ends the keeper, abort the archiver's work; nil before Open succeeded.
	stop, abort        context.CancelFunc
	keeping, archiving sync.WaitGroup
	// archiver looks after rotated files; nil without rotation.
	archiver *archiver

	mu sync.Mutex
	// out is nil when the file could not be opened again; the next write tries.
	out *output
	// state is nil while out is, or when there can be none, which was logged if stateless is set.
	state     *state
	stateless bool
	// begun: the state of an earlier process was taken over.
	begun bool
	// last is the highest position in the file, or in one that was rotated, if known is set.
	last  uint64
	known bool
	// rotating is the last file that was given to the archiver.
	rotating *retired
	// rotatedLost: that a rotated file could not be synced was said, and can't be mended.
	rotatedLost bool
	// unsynced: out was written to since the keeper last synced it.
	unsynced bool
	// lost says why what was accepted since the last sync can't be made durable any more, until the process ends. Nothing
	// more is accepted, or called durable; left: the process was told to end.
	lost error
	left bool
	// foreign: that somebody else changes the file was logged.
	foreign bool
	// rotateAfter is when rotation is tried again after it failed.
	rotateAfter time.Time
	encoder     envelope.Encoder
	text        []byte   // reused for envelopes
	bufs        [][]byte // reused for gathering
}

func newDestination(o Options) *destination {
	return &destination{host: newHost(o), disk: realDisk{}}
}

// Open opens the file and starts the keeper and the archiver.
func (d *destination) Open(ctx context.Context, c sdk.Config) error {
	if err := d.meet(c); err != nil {
		return sdk.Reject(fmt.Errorf("open file: %w", err))
	}
	path := string(d.opts.Path)
	if !filepath.IsAbs(path) {
		return sdk.Reject(fmt.Errorf("open file: path %q is not absolute", path))
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.openLocked(time.Now()); err != nil {
		if unusable := (*unusableError)(nil); errors.As(err, &unusable) {
			return sdk.Reject(err)
		}
		return err
	}
	d.durable(0) // accepted is not yet synced
	// The two outlive the call that starts them; Close ends them.
	life := context.WithoutCancel(ctx)
	keeping, stop := context.WithCancel(life)
	archiving, abort := context.WithCancel(life)
	d.stop, d.abort = stop, abort
	if d.opts.Rotate.enabled() {
		d.archiver = newArchiver(d.out.path, *d.opts.Rotate, d.disk, d.log)
		d.archiving.Go(d.archiver.closeRetired)
		d.archiving.Go(func() { d.archiver.work(archiving) })
	}
	d.keeping.Go(func() { d.keep(keeping) })
	return nil
}

// openLocked opens the file anew. What the caller had open is the caller's to close.
func (d *destination) openLocked(now time.Time) error {
	d.out = nil
	began := !d.begun
	o, err := openOutput(d.disk, string(d.opts.Path), d.perm, now)
	if err != nil {
		return fmt.Errorf("open file: %w", err)
	}
	if err := d.adoptLocked(o); err != nil {
		o.file.Close()
		return fmt.Errorf("open file: %w", err)
	}
	if d.opts.Sync == "batch" {
		err = d.syncName(o)
	}
	if err == nil && began {
		err = d.syncFoundLocked(o)
	}
	if err != nil {
		o.file.Close()
		return fmt.Errorf("open file: %w", err)
	}
	// With sync = "batch" the keeper never syncs: it could be told of the failure instead of the batch that it hit.
	d.out, d.unsynced = o, d.opts.Sync != "batch"
	for _, folder := range o.folders {
		d.log.Info("made the missing folder of the file", "folder", folder)
	}
	if o.unlocked {
		d.log.Warn("file system has no locks, so nothing keeps a second writer away", "path", o.path)
	}
	return nil
}

// closeTimeout is how long Close waits for the compression of rotated files, which the next Open then finishes. A
// plugin that is told to end has two seconds in all.
const closeTimeout = time.Second

// Close syncs and closes the file and waits for what runs.
func (d *destination) Close() error {
	if d.stop != nil {
		d.stop()
		d.keeping.Wait()
		if d.archiver != nil {
			close(d.archiver.old) // only writes and the keeper send, and both have ended
		}
		patience := time.AfterFunc(closeTimeout, d.abort)
		d.archiving.Wait()
		patience.Stop()
		d.abort()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	err := d.parkLocked()
	if d.out != nil {
		if closeErr := d.out.file.Close(); err == nil {
			err = closeErr
		}
		d.out = nil
	}
	if d.state != nil {
		d.dropStateLocked()
	}
	if err != nil {
		return fmt.Errorf("close file: %w", err)
	}
	return nil
}
