package spool

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/core/record"
)

// SyncMode says when a record is published.
type SyncMode uint8

const (
	// SyncBatch publishes records when they are on the disk for good (fdatasync). Appends that wait share one sync.
	SyncBatch SyncMode = iota
	// SyncInterval publishes records when they are written, and syncs from time to time: they survive the end of the
	// process, and a power cut when they are older than the interval.
	SyncInterval
)

// DiskOptions of a spool on disk. A zero field means its default.
type DiskOptions struct {
	// MaxBytes bounds the bytes of all segments; default MaxShare of the file system, and when that is not given either,
	// the smaller of 8 GiB and 20 %. At least 16 MiB.
	MaxBytes int64
	MaxShare float64
	// SegmentBytes is the size of a segment; default the smaller of 64 MiB and MaxBytes/4; at least 64 KiB and at most
	// MaxBytes/4. A group that is larger gets a segment of its own size.
	SegmentBytes int64
	// Intake stops when the file system has less than MinFreeBytes or MinFreeShare of its bytes free, whichever is more,
	// whoever filled it; default 5 % when neither is given.
	MinFreeBytes int64
	MinFreeShare float64
	// Sync and SyncInterval; default SyncBatch and 1 s.
	Sync         SyncMode
	SyncInterval time.Duration
	// Retain keeps records that are settled for at least this long within MaxBytes; default 0.
	Retain time.Duration
	// TailBytes bounds the newest records that are kept in memory for lanes that are not far behind; default 32 MiB.
	TailBytes int64
	// Log receives what happens to the disk; nil: nobody.
	Log hclog.Logger
}

const (
	diskMaxBytes      = 8 << 30
	diskMaxShare      = 0.2
	diskSegmentBytes  = 64 << 20
	diskMinFreeShare  = 0.05
	diskTailBytes     = 32 << 20
	minDiskSegment    = 64 << 10
	defaultInterval   = time.Second
	cursorWriteEvery  = 100 * time.Millisecond
	cursorSyncEvery   = time.Second
	troubleRetryEvery = time.Second
	lockName          = "lock"
	spareName         = "spare"
	reserveName       = "reserve"
	thinName          = "thin"
	quarantineFolder  = "quarantine"
)

// Disk is a spool on disk: what is published survives the end of the process and, with SyncBatch, a power cut. README.md
// describes how it is built.
//
// The order of its life: OpenDisk, then Cursor for each destination, then Run in a goroutine; Append and the cursors
// meanwhile; CloseAppend; when all lanes have ended the context of Run is cancelled; and when Run has returned, Close.
// Without Run nothing is published. Its methods are safe for concurrent use.
type Disk struct {
	fs   fileSystem
	o    DiskOptions
	log  hclog.Logger
	now  func() time.Time
	free func() error // releases the lock
	// sentBefore is the highest position that an earlier process may have sent.
	sentBefore record.Position
	// published is the last position that lanes may take.
	published atomic.Uint64
	// work wakes the committer, chores the keeper. One signal says all there is to say.
	work, chores chan struct{}
	ended        chan struct{} // closed when Run has ended
	// making is held from when the spare file is made or taken until it has its name. It comes before gate.mu.
	making sync.Mutex
	// renaming is held by a lane from when it looks which segment has a name until it has opened it.
	renaming sync.RWMutex
	// replaying is held by one Replay at a time, shaping while segments are thinned or deleted. They come before all
	// other locks.
	replaying, shaping sync.Mutex

	// gate.mu guards what follows.
	gate
	// id of the spool, and what it was before.
	id   [16]byte
	past past
	next record.Position
	// givenBefore is the highest position that names a record of before, to RolledBack.
	givenBefore record.Position
	cursors     []*diskCursor            // in the order of gate.backlogs
	parked      map[string]*cursorRecord // of destinations that are not configured
	// files of the log, oldest first. Only the last one may not be sealed.
	files []*segmentFile
	// tail is the newest blocks, oldest first: all that is not durable, and more.
	tail      []*block
	tailBytes int64
	pool      []*block
	// pending are the entries that are not durable, oldest first; the first of them that are written may be published.
	pending      []*pendingEntry
	pendingBytes int64
	publishedN   int // of pending
	spareEntries []*pendingEntry
	flow         queue // of appends that wait for the disk
	// synced is the last position that is durable; sealedBytes are those of all files but the current one.
	synced      record.Position
	sealedBytes int64
	// spare is the next segment's file, allocated. reserve is the one after it: intake stops when there is none, so a lane
	// that hands over dead letters has room for a whole segment of them, and the segment that it empties becomes the
	// next reserve.
	spare, reserve prepared
	// spaceErr says why intake waits for room on the disk, writeErr why nothing can be written; nil when all is well.
	spaceErr, writeErr error
	// rollWanted: the current segment is to be sealed, so that it can be deleted.
	rollWanted bool
	news       chan struct{} // closed, and made anew, when something was published; nil when nobody waits
	// damages and lost count pieces in which no record can be read, and the positions in them; losses are the ranges of
	// those, the last ones.
	damages int
	lost    int64
	losses  []Loss
	// running: Run was called. evaluating counts replays that are being chosen: segments stay as they are.
	running    bool
	evaluating int
	// replayNumber is that of the last file of a replay, replayEpoch the highest epoch that such a file has or had: one
	// that failed may still lie there, and must not be taken for a later one.
	replayNumber, replayEpoch uint64
	// drops are the last ranges of records that were dropped.
	drops dropLog
	// complaints were not logged since complained.
	complaints int
	complained time.Time
	// poison, given in tests, overwrites what must not be read any more. blockBytes is the constant, or less in tests.
	poison     func(*block)
	blockBytes int64

	// writer is used by commit alone, house by tick alone.
	writer writer
	house  housekeeping
}

// prepared is a file that waits to become a segment. The zero value is none.
type prepared struct {
	file
	name string
}

var _ Spool = (*Disk)(nil)

// OpenDisk opens the spool in the directory, which it makes unless it is there, and recovers what an earlier process
// left. It refuses a directory that another process uses.
func OpenDisk(directory string, o DiskOptions) (*Disk, error) {
	dir, err := openDirectory(directory)
	if err != nil {
		return nil, fmt.Errorf("open spool: %w", err)
	}
	d, err := openDisk(seam(dir), o, time.Now)
	if err != nil {
		return nil, fmt.Errorf("open spool %s: %w", directory, movedAway(err))
	}
	return d, nil
}

// movedAway says what to do about something that stands where a file of the spool belongs and is none: a folder or a link.
func movedAway(err error) error {
	if errors.Is(err, syscall.EISDIR) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ELOOP) {
		return fmt.Errorf("what stands there is not the spool's: move it away: %w", err)
	}
	return err
}

func openDisk(fsys fileSystem, o DiskOptions, now func() time.Time) (*Disk, error) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		return nil, errors.New("this machine puts the big end of a number first, which the format does not allow")
	}
	o, err := o.withDefaults(fsys)
	if err != nil {
		return nil, err
	}
	return recoverDisk(fsys, o, now)
}

func (o DiskOptions) withDefaults(fsys fileSystem) (DiskOptions, error) {
	_, total, err := fsys.Space()
	if err != nil {
		return o, err
	}
	switch {
	case o.MaxBytes == 0 && o.MaxShare > 0:
		o.MaxBytes = int64(o.MaxShare * float64(total))
	case o.MaxBytes == 0:
		o.MaxBytes = min(diskMaxBytes, int64(diskMaxShare*float64(total)))
	}
	if o.MaxBytes < minMaxBytes {
		return o, fmt.Errorf("max_bytes is %d; it must be at least %d", o.MaxBytes, minMaxBytes)
	}
	if o.SegmentBytes == 0 {
		o.SegmentBytes = min(diskSegmentBytes, o.MaxBytes/4)
	}
	if o.SegmentBytes < minDiskSegment || o.SegmentBytes > min(o.MaxBytes/4, 1<<30) {
		return o, fmt.Errorf("segments of %d bytes; they must have at least %d and at most a quarter of max_bytes (%d)",
			o.SegmentBytes, minDiskSegment, o.MaxBytes)
	}
	return o.withRest(total), nil
}

func (o DiskOptions) withRest(total int64) DiskOptions {
	if o.MinFreeBytes == 0 && o.MinFreeShare == 0 {
		o.MinFreeShare = diskMinFreeShare
	}
	o.MinFreeBytes = max(o.MinFreeBytes, int64(o.MinFreeShare*float64(total)))
	if o.SyncInterval <= 0 {
		o.SyncInterval = defaultInterval
	}
	if o.TailBytes <= 0 {
		o.TailBytes = diskTailBytes
	}
	if o.Log == nil {
		o.Log = hclog.NewNullLogger()
	}
	return o
}

// ID implements Spool. It is the same as long as the directory is, unless that is RolledBack.
func (d *Disk) ID() [16]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.id
}

// SentBefore returns the highest position that an earlier process may have sent to any destination; 0 in a new spool.
func (d *Disk) SentBefore() record.Position { return d.sentBefore }

// WaitPublished implements Spool.
func (d *Disk) WaitPublished(ctx context.Context, p record.Position) error {
	for record.Position(d.published.Load()) < p {
		d.mu.Lock()
		if record.Position(d.published.Load()) >= p {
			d.mu.Unlock()
			break
		}
		if d.news == nil {
			d.news = make(chan struct{})
		}
		news := d.news
		d.mu.Unlock()
		select {
		case <-news:
		case <-ctx.Done():
			return fmt.Errorf("wait until position %d is published: %w", p, ctx.Err())
		case <-d.ended:
			if record.Position(d.published.Load()) >= p {
				return nil
			}
			return fmt.Errorf("wait until position %d is published: %w", p, ErrClosed)
		}
	}
	return nil
}

// Stats implements Spool. Bytes are those of the log's files, without what is allocated and not used yet, and those that
// are not on the disk yet.
func (d *Disk) Stats() Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	return Stats{Bytes: d.usedLocked(), MaxBytes: d.o.MaxBytes, Next: d.next}
}

// DiskState is what is special about a spool on disk.
type DiskState struct {
	// Trouble says why the intake waits for the disk; nil when it does not.
	Trouble error
	// Published is the last position that lanes may take.
	Published record.Position
	// Segments on the disk, and when the oldest record in them was received; zero when there is none.
	Segments int
	Oldest   time.Time
	// Damages are the pieces of the log that were found damaged or missing since the start, Lost the records in them,
	// delivered or not, and Losses where those were: the last 100.
	Damages int
	Lost    int64
	Losses  []Loss
	// MemoryBytes are those of the newest records, kept in memory.
	MemoryBytes int64
}

// Loss is a range of positions whose records can't be read.
type Loss struct{ First, Last record.Position }

// lostLocked counts a piece of the log in which nothing can be read. There are no positions in it when last is lower
// than first.
func (d *Disk) lostLocked(first, last record.Position) {
	const remembered = 100
	d.damages++
	if last < first {
		return
	}
	d.lost += int64(last - first + 1)
	if len(d.losses) == remembered {
		d.losses = slices.Delete(d.losses, 0, 1)
	}
	d.losses = append(d.losses, Loss{first, last})
}

// State returns the state of the disk.
func (d *Disk) State() DiskState {
	d.mu.Lock()
	defer d.mu.Unlock()
	var oldest int64
	if len(d.files) > 0 {
		oldest = d.files[0].oldest
	}
	return DiskState{
		Oldest:    moment(oldest),
		Trouble:   errors.Join(d.writeErr, d.spaceErr),
		Published: record.Position(d.published.Load()),
		Segments:  len(d.files), Damages: d.damages, Lost: d.lost, Losses: slices.Clone(d.losses),
		MemoryBytes: d.tailBytes,
	}
}

// CloseAppend implements Spool. AppendOver goes on, so that a draining lane can still hand over its dead letters.
func (d *Disk) CloseAppend() {
	d.mu.Lock()
	defer d.unlock()
	d.closeLocked()
	d.flow.failAll(ErrClosed)
	d.markLocked(&d.flow)
}

// unlock implements admitter.
func (d *Disk) unlock() {
	d.serveDueLocked()
	d.mu.Unlock()
}

// expiry implements admitter: the keeper drops what is too old.
func (d *Disk) expiry() func() time.Duration { return nil }

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
