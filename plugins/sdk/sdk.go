// Package sdk is how a Skidway plugin is written in Go.
//
// A plugin is an executable that calls Serve in main. It provides a destination, a source, or both.
package sdk

import (
	"context"
	"io"
	"time"

	"github.com/hashicorp/go-hclog"
)

// Plugin is what an executable provides.
type Plugin struct {
	// Name is the type label of the plugin's blocks: [A-Za-z_][A-Za-z0-9_-]*.
	Name string
	// Version by semantic versioning.
	Version string
	// Description in one sentence.
	Description string
	// BuildID identifies the build of a program that bundles the plugin with a router; empty for any other.
	BuildID string
	// Destination and Source: nil, not provided.
	Destination *DestinationSpec
	Source      *SourceSpec
}

// Destination is the author's side of one destination block. A process serves one.
type Destination interface {
	// Open prepares the destination. It is called once, first. ctx bounds the call, not the life of what it opens. An
	// error made by Reject says that only the user can mend it; with any other the router tries again later.
	Open(ctx context.Context, c Config) error
	// Write stores one batch. Calls come one at a time, in order, unless Traits.Concurrency says otherwise. nil
	// accepts every record; a PartialError, or an error made by Retry, RetryAfter, Reject, TooLarge, Unauthenticated or
	// Misconfigured, says otherwise; any other error is Retry, and so is a panic. b and its bytes are valid until Write returns. ctx ends when
	// the router gives the process up.
	Write(ctx context.Context, b *Batch) error
	// Close releases everything. It is called once, last, after the last Write returned; also when Open failed.
	Close() error
}

// BatchWriter is an optional interface of a Destination that gains from several batches at once: WriteAll is then
// called instead of Write, with every batch that waits, in order, at least one. nil accepts all of them. An error is
// about all of them, and says what it would from Write, except a PartialError, which is not allowed; with more than one
// batch the SDK then calls Write for each, so Write must find the destination as if WriteAll had not been called. With
// Traits.Concurrency above 1 it is not used.
type BatchWriter interface {
	WriteAll(ctx context.Context, bs []*Batch) error
}

// Resumer is the interface of a Destination whose Traits.Resume is set.
type Resumer interface {
	// ResumeAfter is called once, after Open: the highest position stored together with the data such that every
	// record sent at or below it was stored, or rejected by the destination. ok is false when the destination does not
	// know, as with attributes that are computed for every record: their batches are not in the order of positions.
	// Only records above the position will come.
	ResumeAfter() (position uint64, ok bool)
}

// Validator is an optional interface of an options struct: Validate returns what the schema can't say. It does no I/O.
type Validator interface {
	Validate() []Diagnostic
}

// Diagnostic is one finding about a configuration.
type Diagnostic struct {
	// Path of the place, for example "tls.cert_file" or "headers.Authorization" or "rotate[0].keep"; empty: the block.
	Path string
	// Summary says what is wrong, Detail what to do; one sentence each.
	Summary, Detail string
	// Warning: the configuration can be used.
	Warning bool
}

// Config is what a plugin is opened with.
type Config struct {
	// Address of the block, for example "destination.acme.main".
	Address string
	// SpoolID and CursorEpoch belong to the positions of batches; see the protocol.
	SpoolID     [16]byte
	CursorEpoch uint64
	// StateDir is a directory of the block's own; empty when the router keeps no data on disk, and for a destination also when
	// the spool is in memory.
	StateDir string
	// MaxInFlight is how many batches may come without an answer.
	MaxInFlight int
	// Stdout is the router's standard output when Traits.WantsStdout is set, and nil otherwise.
	Stdout io.Writer
	// RouterVersion for user agents.
	RouterVersion string
	// Log goes to the router's log under the block's name.
	Log hclog.Logger
	// Durable tells the router that every record at or below the position that was accepted, or ever will be, is stored
	// for good. It is for a destination that makes records durable later than it accepts them, for example once a second:
	// the router keeps them until it hears of it. Such a destination calls it in Open for the first time, with 0 if
	// nothing is known yet; for one that never calls it accepted means durable.
	//
	// It may be called at any time from Open until Close returns, also from other goroutines and before the Write that
	// stored the records has returned. The position only rises: a lower one changes nothing. One above every record that
	// the destination was given, or said to have in ResumeAfter, is a mistake in the program: it is logged and ignored.
	// A call sends at most one message; it waits while the router does not read.
	//
	// A destination with attributes that are computed for every record gets batches at positions below those of earlier
	// ones. There a call is about the records whose Write had returned: with each later one from below the position it
	// is forgotten as far as that one's first record, and has to be said again once those are stored as well.
	Durable func(position uint64)
	// Exit ends the process after the verdicts given so far, for when the destination is gone for good (the reader of
	// standard output went away). The router shows the reason, and starts the plugin again after a while; no batch is
	// suspected of having crashed it. It may be called at any time, also from other goroutines.
	Exit func(reason string)
}

// Traits are a destination's promises and needs. The zero value promises nothing. See the protocol's Capabilities.
type Traits struct {
	// Ordered: records must arrive in the order of their positions, whatever fails. The SDK then answers for the
	// destination whatever would overtake a batch that has to come again.
	Ordered bool
	// Resume: the destination is a Resumer. Needs Ordered.
	Resume bool
	// Exclusive: two processes must never serve the same block at once, so the router ends the old one before it starts
	// another. Resume implies it.
	Exclusive bool
	// StableBatches: Batch.Key is used as an idempotency key, so batches are cut alike again after a restart.
	StableBatches bool
	// Concurrency is how many Writes may run at once; 0: one, in order. Not together with Ordered.
	Concurrency int
	// Durability of an accepted record; 0 is taken as InMemory.
	Durability Durability
	// WantsStdout: Config.Stdout is needed.
	WantsStdout bool
	// MaxBatchBytes is the largest batch, in bytes of data, the last line feed not counted; 0: the protocol's limit of
	// 3.5 MiB.
	MaxBatchBytes int
	// MaxRecords, MaxAge, MaxBytes and MaxInFlight are the batch defaults that suit the destination; a zero field
	// leaves the router's own. A user's configuration overrides each.
	MaxRecords  int
	MaxAge      time.Duration
	MaxBytes    int
	MaxInFlight int
}

// Durability says where an accepted record is at least.
type Durability uint8

// Durabilities, from least to most.
const (
	InMemory Durability = iota + 1
	Sent
	OSBuffer
	Fsync
	Remote
)

// Source is the author's side of one source block. A process serves one.
type Source interface {
	// Open prepares the source. It is called once, first; as Destination.Open.
	Open(ctx context.Context, c Config) error
	// Run produces records until ctx is done (the drain), then sends what it holds, with a context of its own, and
	// returns nil. Receipts are fulfilled during the drain too, until the router loses patience. Returning nil earlier
	// says that the source has come to its end. Either way the SDK ends the stream once everything sent is accepted. An
	// error says that the source failed and should be started again.
	Run(ctx context.Context, out *Output) error
	// Close releases everything. It is called once, last.
	Close() error
}

// Bytes is a size in bytes: an options field of this type takes "64MiB".
type Bytes int64

// URL is an options field that takes a URL with a scheme.
type URL string

// Path is an options field that takes a path, which the router makes absolute.
type Path string

// Secret is a string that prints as "(sensitive)". An options field of this type is a sensitive attribute.
type Secret string

// String returns "(sensitive)"; string(s) is the value.
func (Secret) String() string { return "(sensitive)" }

// GoString returns "(sensitive)".
func (Secret) GoString() string { return "(sensitive)" }

// MarshalText returns "(sensitive)", which is what encoders and the log write.
func (Secret) MarshalText() ([]byte, error) { return []byte("(sensitive)"), nil }
