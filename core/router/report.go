package router

import (
	"slices"

	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/core/admin"
)

// Report says what became of every record, for each destination in the order of the configuration.
type Report struct {
	Sources []SourceReport
	// Pipelines are those with transforms or routes.
	Pipelines    []PipelineReport
	Destinations []DestinationReport
}

// PipelineReport is what a pipeline did, and which of its dead letters ended with the process.
type PipelineReport struct {
	admin.PipelineStatus
	// DeadLettersInMemory are those of DeadLettered that ended with the process, DeadLettersDropped those of them that had
	// given way to newer ones before.
	DeadLettersInMemory, DeadLettersDropped int64
}

// SourceReport counts one source's records.
type SourceReport struct {
	Address  string
	Accepted int64
	// Other counts what else happened, by what it is. What did not happen may be missing or 0.
	Other map[string]int64
}

// DestinationReport counts one destination's records. Every record that was appended for it is in exactly one of the
// first four groups.
type DestinationReport struct {
	Address      string
	Delivered    int64
	DeadLettered int64
	Dropped      map[string]int64 // by reason
	Held         int64            // undelivered at the end
	// OnDisk: what is held is delivered after the next start.
	OnDisk bool

	// DeadLettersInMemory are those of DeadLettered that ended with the process.
	DeadLettersInMemory int64
	// DeadLettersDropped are those of DeadLettersInMemory that had given way to newer ones before.
	DeadLettersDropped int64
}

// Lost reports whether a record ended undelivered, or a dead letter existed only in memory. What a policy of the
// configuration dropped does not count.
func (r Report) Lost() bool {
	return slices.ContainsFunc(r.Destinations, func(d DestinationReport) bool {
		return d.Held > 0 && !d.OnDisk || d.DeadLettersInMemory > 0
	}) || slices.ContainsFunc(r.Pipelines, func(p PipelineReport) bool { return p.DeadLettersInMemory > 0 })
}

// Log writes one line for each destination.
func (r Report) Log(log hclog.Logger) {
	for _, s := range r.Sources {
		args := []any{"source", s.Address, "accepted", s.Accepted}
		for _, what := range sortedKeys(s.Other) {
			if n := s.Other[what]; n > 0 {
				args = append(args, what, n)
			}
		}
		log.Info("source ended", args...)
	}
	for _, p := range r.Pipelines {
		args := []any{"pipeline", p.Address, "records", p.Records, "out", p.Out, "dropped", sum(p.Dropped)}
		for _, reason := range sortedKeys(p.Dropped) {
			args = append(args, "dropped_"+reason, p.Dropped[reason])
		}
		args = append(args, "dead_lettered", p.DeadLettered, "errors", p.Errors, "nulls", p.Nulls)
		if p.DeadLettersInMemory > 0 {
			args = append(args, "dead_letters_in_memory", p.DeadLettersInMemory, "dead_letters_dropped", p.DeadLettersDropped)
			log.Error("pipeline ended with dead letters that existed only in memory: set router.data_dir to keep them", args...)
			continue
		}
		log.Info("pipeline ended", args...)
	}
	for _, d := range r.Destinations {
		args := []any{
			"destination", d.Address, "delivered", d.Delivered, "dead_lettered", d.DeadLettered,
			"dropped", sum(d.Dropped), "held", d.Held,
		}
		for _, reason := range sortedKeys(d.Dropped) {
			if n := d.Dropped[reason]; n > 0 {
				args = append(args, "dropped_"+reason, n)
			}
		}
		switch {
		case d.Held > 0 && d.OnDisk:
			log.Warn("destination ended with records undelivered: they are on disk and are delivered after the next start", args...)
		case d.Held > 0:
			log.Error("destination ended with records undelivered: they were held in memory and are lost", args...)
		case d.DeadLettersInMemory > 0:
			args = append(args, "dead_letters_in_memory", d.DeadLettersInMemory, "dead_letters_dropped", d.DeadLettersDropped)
			log.Error("destination ended with dead letters that existed only in memory: give it a dead_letter { to } destination to keep them", args...)
		default:
			log.Info("destination ended", args...)
		}
	}
}

func sum(m map[string]int64) (n int64) {
	for _, v := range m {
		n += v
	}
	return n
}

func sortedKeys(m map[string]int64) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
