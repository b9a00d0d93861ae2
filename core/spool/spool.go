// Package spool holds the one log that every destination reads with a cursor of its own.
//
// Sources append groups; each group is copied once, whatever the number of destinations. A lane takes its records
// with its Cursor. This package does not cut batches and does not know verdicts. Only Disk.Run starts goroutines.
package spool

import (
	"context"
	"errors"
	"time"

	"github.com/skidway/skidway/core/record"
)

// ErrClosed is returned by Append once the spool is closed for appends.
var ErrClosed = errors.New("spool is closed")

// Policy says what happens when a destination's backlog is full.
type Policy uint8

const (
	// Block makes the sources wait that can reach the destination.
	Block Policy = iota
	// DropOldest drops the destination's oldest records that are not with the plugin, and counts them.
	DropOldest
)

// Options of a spool. A zero field means its default.
type Options struct {
	// MaxBytes bounds the bytes of all segments; default 64 MiB in memory; at least 16 MiB.
	MaxBytes int64
	// SegmentBytes is the size of a segment; default the smaller of 4 MiB (memory) and MaxBytes/4.
	SegmentBytes int64
}

// BacklogOptions bound one destination's undelivered records. A zero field means its default.
type BacklogOptions struct {
	// MaxBytes bounds the undelivered bytes; default 80 % of the spool's MaxBytes.
	MaxBytes int64
	// MaxAge drops undelivered records that are older, and counts them; 0: never.
	MaxAge time.Duration
	// WhenFull says what happens at MaxBytes.
	WhenFull Policy
}

// Set names the destinations that a group goes to. It is made by Spool.Set, which may be called at any time, and is good for
// every group that goes this way.
type Set uint32

// Spool is the log. Its methods are safe for concurrent use.
type Spool interface {
	// ID identifies the spool that positions belong to. A spool in memory has a new random one at every start.
	ID() [16]byte

	// Cursor registers a destination by its address and returns its place, at the end of the spool. It is called
	// before the first Append, once per address.
	Cursor(address string, o BacklogOptions) (Cursor, error)

	// Set returns the set of the given addresses, all of which have a Cursor. The empty set is valid: what is appended
	// to it is accepted and gone.
	Set(addresses ...string) (Set, error)

	// Append copies the group into the spool for the destinations of the set and returns the position of its last
	// record. It blocks while a destination of the set with policy Block is full, or while the spool is full and a
	// destination with policy Block holds its oldest segment, until there is room or ctx is done; on an error nothing
	// of the group was appended. The group is the caller's again when Append returns.
	Append(ctx context.Context, g *record.Group, s Set) (record.Position, error)

	// AppendOver is Append for dead letters on their way to a destination. It waits for room in a backlog, but not for
	// room in the spool, which the lane that gave them up may be the one to fill: it exceeds that bound by little, and
	// waits only while the destination has not settled what exceeds it. It goes on after CloseAppend.
	AppendOver(ctx context.Context, g *record.Group, s Set) (record.Position, error)

	// WaitPublished blocks until every record up to p is accepted for good under the spool's sync mode. In memory that
	// is so when Append returns.
	WaitPublished(ctx context.Context, p record.Position) error

	// Stats returns the state of the whole spool.
	Stats() Stats

	// CloseAppend makes every later Append, and every one that is blocked, fail with ErrClosed. Cursors and AppendOver
	// go on: a lane that drains may have dead letters.
	CloseAppend()
}

// Stats is the state of a spool.
type Stats struct {
	// Bytes held in segments, and their bound.
	Bytes, MaxBytes int64
	// Next is the position that the next record will get.
	Next record.Position
}

// Cursor is one destination's place in the spool. Its methods are called by the destination's lane alone, while
// others append.
type Cursor interface {
	// Take returns the destination's next records that were appended together and are published: one run, not empty, of at most
	// maxRecords records and maxBytes bytes of data, but of at least one record however large when always is set; ok is
	// false when there is nothing (or the next record does not fit). The caller owns one hold on the run's segment and
	// gives it back with Run.Segment.Release.
	//
	// A hold keeps the whole segment, which counts in Stats.Bytes: a few records held for long can stop the intake. So
	// when the segment of the last run a lane took is sealed (after a Take that returned a run of another segment, and
	// after Ready) and it still holds some, the lane calls DetachSparse with all runs it holds.
	Take(maxRecords, maxBytes int, always bool) (r Run, ok bool)

	// Ready receives after an Append gave the destination records, after records were dropped, when there is an Excess,
	// and after a segment was sealed while the lane has records that are not settled. It is
	// level-like: after a receive, Take until it has nothing.
	Ready() <-chan struct{}

	// Settle counts records and bytes of data out of the backlog, in any order, and says that every record of the
	// destination up to through is settled (the lane's frontier). The spool may forget those.
	Settle(through record.Position, records, bytes int64)

	// Excess returns by how many bytes the backlog is over its bound although no record that the lane has not taken is
	// left to drop, but for those of the last append, which are newer than all that the lane holds. It is also above 0
	// while the spool is full of what lanes hold and this lane holds the oldest. Under DropOldest the lane then drops
	// what it holds and is not with the plugin. 0 under Block.
	Excess() int64

	// Backlog returns what the destination has not settled, whether taken or not.
	Backlog() Backlog
}

// Backlog is what a destination has not settled.
type Backlog struct {
	Records, Bytes int64
	// MaxBytes is the bound in force.
	MaxBytes int64
	// Untaken is how many of Records the lane has not taken yet.
	Untaken int64
	// OldestUnixNano is when the oldest untaken record was received; 0 when there is none.
	OldestUnixNano int64
	// Dropped counts records that the spool dropped (not those that the lane dropped), by reason.
	DroppedFull, DroppedExpired int64
	// DroppedDamaged counts records that were lost to damage of the disk, as far as the lane has got.
	DroppedDamaged int64
	// DroppedFirst and DroppedLast are the positions of the first and the last record that was dropped after the last
	// Take that returned something before them: no record of the destination between the two was delivered. 0 when none
	// was dropped.
	DroppedFirst, DroppedLast record.Position
}

// Run is consecutive records of one destination that came in together.
type Run struct {
	// First is the position of the first record; the others follow without gaps.
	First record.Position
	// Origin is the records' origin; its ID is that of the first record of the group. Shared; not to be changed; valid
	// until the hold is released.
	Origin *record.Origin
	// ID is the id of the first record of the run if Skips skip none. (Origin.ID is that of the whole group.)
	ID uint64
	// Skips, Sizes and Data are as in record.Group. They alias the segment: valid until the hold is released, never to be
	// changed. The capacity of Data goes on into the segment, so that runs which adjoin can be seen to; what is there is
	// not the run's, neither to read nor to append to.
	Skips []uint32
	Sizes []uint32
	Data  []byte
	// Segment is what Skips, Sizes and Data lie in.
	Segment *Segment
}

// Len returns the number of records.
func (r *Run) Len() int { return len(r.Sizes) }

// RecordID returns the id of record i.
func (r *Run) RecordID(i int) uint64 { return record.ID(r.ID, r.Skips, i) }

// Last returns the position of the last record.
func (r *Run) Last() record.Position { return r.First + record.Position(len(r.Sizes)) - 1 }
