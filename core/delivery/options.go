package delivery

import "time"

// Options of one lane. A zero field means its default, except where said.
type Options struct {
	// Address of the destination block, for example "destination.file.audit".
	Address string
	// MaxRecords, MaxAge and MaxBytes are the batch policy; defaults 100, 10 s, 1 MiB. MaxBytes is at most 3.5 MiB.
	MaxRecords int
	MaxAge     time.Duration
	MaxBytes   int
	// MaxOpen is how many batches, one for each set of values of the destination's RECORD attributes, are gathered at a
	// time; default 1024. When there would be one more the oldest is sent. Without such attributes there is one.
	MaxOpen int
	// MaxInFlight is the window: batches with the plugin at once; default 4.
	MaxInFlight int
	Retry       RetryOptions
	// RejectLimit is the share of the last 1000 records (at least 3 batches) above which rejections make the lane hold;
	// default 0.5; 1: off.
	RejectLimit float64
	// ExpireAfter is the backlog's max_age: a batch whose records were all received longer ago is dropped and counted
	// when it is not with the plugin; 0: never. What the lane has not taken the spool drops by itself.
	ExpireAfter time.Duration
}

// RetryOptions say when a batch is tried again: exponential with full jitter.
type RetryOptions struct {
	// InitialDelay and MaxDelay; defaults 500 ms and 30 s.
	InitialDelay, MaxDelay time.Duration
	// MaxElapsed since the first attempt dead-letters the batch; 0: never.
	MaxElapsed time.Duration
	// PoisonAfter attempts, while later batches were accepted, the batch is halved; nil: 20; 0: never.
	PoisonAfter *int
}

const (
	// maxBatchBytes is the protocol's limit on the data of one batch, the last line feed not counted: the largest record
	// makes a batch.
	maxBatchBytes = 3584 << 10
	// maxMessageBytes is what a plugin takes in one message at least.
	maxMessageBytes = 4 << 20
)

const defaultPoisonAfter = 20

// Defaults returns what zero fields stand for.
func Defaults() Options {
	o := Options{}.withDefaults()
	o.Retry.PoisonAfter = new(defaultPoisonAfter)
	return o
}

func (o Options) withDefaults() Options {
	o.MaxRecords = orDefault(o.MaxRecords, 100)
	o.MaxAge = orDefault(o.MaxAge, 10*time.Second)
	o.MaxBytes = min(orDefault(o.MaxBytes, 1<<20), maxBatchBytes)
	o.MaxOpen = orDefault(o.MaxOpen, 1024)
	o.MaxInFlight = orDefault(o.MaxInFlight, 4)
	o.RejectLimit = orDefault(o.RejectLimit, 0.5)
	o.Retry.InitialDelay = orDefault(o.Retry.InitialDelay, 500*time.Millisecond)
	o.Retry.MaxDelay = max(orDefault(o.Retry.MaxDelay, 30*time.Second), o.Retry.InitialDelay)
	return o
}

func (o RetryOptions) poisonAfter() int {
	if o.PoisonAfter == nil {
		return defaultPoisonAfter
	}
	return *o.PoisonAfter
}

func orDefault[T int | float64 | time.Duration](v, otherwise T) T {
	if v <= 0 {
		return otherwise
	}
	return v
}
