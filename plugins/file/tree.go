package file

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/skidway/skidway/plugins/internal/envelope"
	"github.com/skidway/skidway/plugins/sdk"
)

// tree writes the files below base_dir that paths computed for every record lead to. The mutex is held for a write; the
// keeper syncs without it.
type tree struct {
	host
	// root confines disk to base_dir. A test may set within to stand between the two.
	root   *os.Root
	within func(disk) disk
	disk   disk
	// stop ends the keeper, abort the archiver's work; nil before Open succeeded.
	stop, abort        context.CancelFunc
	keeping, archiving sync.WaitGroup
	// archiver looks after rotated files; nil without rotation.
	archiver *archiver

	mu sync.Mutex
	// leaves are the files that are known, by path; inodes those of them that are in the ledger; open those that are open,
	// the one used last in front.
	leaves map[string]*leaf
	inodes map[uint64]*leaf
	open   *list.List
	// unsynced are the files that were written to since the keeper last synced them, and folders those in which names
	// were made.
	unsynced []*leaf
	folders  map[string]bool
	// inherited are files that an earlier process rotated and may not have synced.
	inherited []string
	// state says how much of ledger counts. ledgers is the number of the last ledger, numbered the last number in it, and
	// useless has the names of those that the state will not refer to any more.
	state    *state
	ledger   *ledger
	ledgers  uint64
	numbered uint64
	useless  []string
	// written counts the bytes that the state and its ledgers took.
	written int64
	// high is the highest position that was accepted, settled the highest one of which nothing comes again.
	high, settled uint64
	// rotating is the last file that was given to the archiver.
	rotating *retired
	// rotatedLost: that a rotated file could not be synced was said, and can't be mended.
	rotatedLost bool
	// lost says why what was accepted since the last sync can't be made durable any more, until the process ends. Nothing
	// more is accepted, or called durable; left: the process was told to end.
	lost error
	left bool
	// unlocked: that the file system has no locks was logged.
	unlocked bool
	encoder  envelope.Encoder
	touched  []*leaf  // reused for the files of one write
	text     []byte   // reused for envelopes
	bufs     [][]byte // reused for gathering
}

func newTree(o Options) *tree {
	return &tree{
		host:   newHost(o),
		within: func(d disk) disk { return d },
		leaves: map[string]*leaf{}, inodes: map[uint64]*leaf{}, open: list.New(), folders: map[string]bool{},
	}
}

// Open opens base_dir, cuts the files below it to what the state says, and starts the keeper and the archiver.
func (t *tree) Open(ctx context.Context, c sdk.Config) error {
	if err := t.meet(c); err != nil {
		return sdk.Reject(fmt.Errorf("open folder: %w", err))
	}
	base := string(t.opts.BaseDir)
	if !filepath.IsAbs(base) {
		return sdk.Reject(fmt.Errorf("open folder: a path that is computed for every record needs base_dir, and base_dir %q is no absolute path", base))
	}
	made, err := makeFolder(base)
	if err == nil {
		t.root, err = os.OpenRoot(base)
	}
	if info, statErr := os.Stat(base); errors.Is(err, unix.ENOTDIR) || statErr == nil && !info.IsDir() {
		return sdk.Reject(fmt.Errorf("open folder: base_dir %s, or what it lies in, is no folder: choose another one", base))
	}
	if err != nil {
		return fmt.Errorf("open folder: %w", err)
	}
	for _, folder := range made {
		t.log.Info("made the missing folder of the files", "folder", folder)
	}
	t.disk = t.within(rootedDisk{root: t.root})
	if err := t.restore(c.Address); err != nil {
		err = fmt.Errorf("open folder %s: %w", base, err)
		if without := (*noStateError)(nil); errors.As(err, &without) {
			return sdk.Misconfigured(err)
		}
		return err
	}
	t.durable(0) // accepted is not yet synced
	// The two outlive the call that starts them; Close ends them.
	life := context.WithoutCancel(ctx)
	keeping, stop := context.WithCancel(life)
	archiving, abort := context.WithCancel(life)
	t.stop, t.abort = stop, abort
	if t.opts.Rotate.enabled() {
		t.archiver = &archiver{opts: *t.opts.Rotate, disk: t.disk, log: t.log, old: make(chan *retired, 4), wake: make(chan names, 4)}
		t.archiving.Go(t.archiver.closeRetired)
		t.archiving.Go(func() {
			t.archiver.sweep(archiving, ".")
			t.archiver.work(archiving)
		})
	}
	t.keeping.Go(func() { t.keep(keeping) })
	return nil
}

// Close syncs and closes the files and waits for what runs.
func (t *tree) Close() error {
	if t.stop != nil {
		t.stop()
		t.keeping.Wait()
		if t.archiver != nil {
			close(t.archiver.old) // only writes and the keeper send, and both have ended
		}
		patience := time.AfterFunc(closeTimeout, t.abort)
		t.archiving.Wait()
		patience.Stop()
		t.abort()
		t.stop = nil
	}
	var err error
	if t.ledger != nil {
		err = t.sync(true)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.open.Len() > 0 {
		t.closeLocked(t.oldestLocked())
	}
	if t.ledger != nil {
		t.ledger.file.Close()
	}
	if t.state != nil {
		t.state.file.Close()
	}
	if t.root != nil {
		_ = t.root.Close() // it was only read
	}
	t.ledger, t.state, t.root = nil, nil, nil
	if err != nil {
		return fmt.Errorf("close files: %w", err)
	}
	return nil
}

// ResumeAfter knows no position: each file has its own.
func (*tree) ResumeAfter() (position uint64, ok bool) { return 0, false }
