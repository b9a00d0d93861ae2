package admin

import "time"

// Status is the state of a router at one moment. Sizes are in bytes.
type Status struct {
	Router  RouterStatus   `json:"router"`
	Spool   SpoolStatus    `json:"spool"`
	Sources []SourceStatus `json:"sources"`
	// Pipelines are those with transforms or routes; the others hand on what they get.
	Pipelines    []PipelineStatus    `json:"pipelines,omitempty"`
	Destinations []DestinationStatus `json:"destinations"`
	// Parked are destinations that have a place in the spool and are not configured.
	Parked []ParkedStatus `json:"parked,omitempty"`
}

// RouterStatus is the router itself.
type RouterStatus struct {
	Version string    `json:"version"`
	PID     int       `json:"pid"`
	Started time.Time `json:"started"`
	// Now is when the status was taken, by the router's clock.
	Now time.Time `json:"now"`
	// Config are the paths that the configuration was read from.
	Config  []string `json:"config"`
	DataDir string   `json:"data_dir,omitempty"`
	// NotReady says why no records are accepted; empty: they are.
	NotReady []string `json:"not_ready,omitempty"`
}

// SpoolStatus is the log that all destinations read.
type SpoolStatus struct {
	// Kind is disk or memory.
	Kind     string `json:"kind"`
	Bytes    int64  `json:"bytes"`
	MaxBytes int64  `json:"max_bytes"`
	// FullIn is how long it takes until Bytes reaches MaxBytes at the rate of the last minutes; 0: it does not grow.
	FullIn Seconds `json:"full_in_seconds,omitempty"`
	// What follows is of a spool on disk.
	Segments int       `json:"segments,omitempty"`
	Oldest   time.Time `json:"oldest,omitzero"` // when the oldest record that is held was received
	// Trouble says why the intake waits for the disk.
	Trouble string `json:"trouble,omitempty"`
	// Damages were found since the start, in which LostRecords can't be read, delivered or not.
	Damages     int   `json:"damages,omitempty"`
	LostRecords int64 `json:"lost_records,omitempty"`
}

// SourceStatus is one source.
type SourceStatus struct {
	Address  string `json:"source"`
	Accepted int64  `json:"accepted"`
	// Connections are open now; Refused were turned away. 0 for plugins.
	Connections int64 `json:"connections"`
	Refused     int64 `json:"refused"`
	// Other counts what else happened, by what it is.
	Other map[string]int64 `json:"other,omitempty"`
}

// PipelineStatus is one pipeline. Counts are of this process's life.
type PipelineStatus struct {
	Address string `json:"pipeline"`
	// Records came in; Out of them went to at least one destination or pipeline, and Changed have other bytes now.
	Records int64 `json:"records"`
	Out     int64 `json:"out"`
	Changed int64 `json:"changed"`
	// Dropped records by why: drop and sample, on_error, otherwise, disabled (all that they would go to is).
	Dropped      map[string]int64 `json:"dropped,omitempty"`
	DeadLettered int64            `json:"dead_lettered"`
	// Otherwise records were taken by no route.
	Otherwise int64 `json:"otherwise"`
	// Nulls are expressions in which something was compared that a record does not have, Errors those that failed, and
	// Slow those that ran through the general evaluator.
	Nulls  int64 `json:"nulls"`
	Errors int64 `json:"errors"`
	Slow   int64 `json:"slow"`

	Steps []StepStatus `json:"steps"`
}

// Add adds a step and what it counted.
func (p *PipelineStatus) Add(s StepStatus) {
	p.Steps = append(p.Steps, s)
	p.DeadLettered += s.DeadLettered
	p.Nulls += s.Nulls
	p.Errors += s.Errors
}

// StepStatus is one transform or route of a pipeline.
type StepStatus struct {
	// Name of a transform has its kind and place; that of a route is its own.
	Name string `json:"name"`
	Kind string `json:"kind"`
	// When is the expression; empty: it is for all records.
	When string `json:"when,omitempty"`
	// Records that it was applied to, or took.
	Records int64 `json:"records"`
	// Dropped and DeadLettered by it, by its purpose or because it failed.
	Dropped      int64 `json:"dropped"`
	DeadLettered int64 `json:"dead_lettered"`
	Nulls        int64 `json:"nulls"`
	Errors       int64 `json:"errors"`
}

// DestinationStatus is one destination. Counts are of this process's life.
type DestinationStatus struct {
	Address string `json:"destination"`
	State   string `json:"state"`
	// Reason of the state; Plugin says what its process does when that is not running.
	Reason string `json:"reason,omitempty"`
	Plugin string `json:"plugin,omitempty"`
	PID    int    `json:"pid,omitempty"`

	Delivered    int64            `json:"delivered"`
	DeadLettered int64            `json:"dead_lettered"`
	Dropped      map[string]int64 `json:"dropped,omitempty"` // by reason
	Retries      int64            `json:"retries"`
	Restarts     int64            `json:"restarts"`
	// DeadLetterBytes are those of its store.
	DeadLetterBytes int64 `json:"dead_letter_bytes,omitempty"`

	Backlog BacklogStatus `json:"backlog"`
}

// BacklogStatus is what a destination has not settled.
type BacklogStatus struct {
	Records  int64 `json:"records"`
	Bytes    int64 `json:"bytes"`
	MaxBytes int64 `json:"max_bytes"`
	// WhenFull is block or drop_oldest.
	WhenFull string `json:"when_full"`
	// Oldest is when the oldest record was received that is not with the lane; zero when there is none.
	Oldest time.Time `json:"oldest,omitzero"`
	// LimitedBy says what keeps it from being delivered faster; empty when nothing does.
	LimitedBy string `json:"limited_by,omitempty"`
	// FullIn is how long it takes until Bytes reaches MaxBytes at the rate of the last minutes; 0: it does not grow.
	FullIn Seconds `json:"full_in_seconds,omitempty"`
}

// ParkedStatus is the place of a destination that is not configured.
type ParkedStatus struct {
	Address string `json:"destination"`
	// Records and Bytes that it has not settled and that are still there.
	Records int64 `json:"records"`
	Bytes   int64 `json:"bytes"`
	// Dropped counts those that were deleted since it is parked.
	Dropped uint64 `json:"dropped"`
}

// Seconds is a duration in whole seconds.
type Seconds int64

// Duration returns s as a duration.
func (s Seconds) Duration() time.Duration { return time.Duration(s) * time.Second }
