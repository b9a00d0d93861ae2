package sdk

import (
	"fmt"
	"math"
	"regexp"
	"time"

	"github.com/skidway/skidway/proto"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// Describe returns the plugin's description. It panics on a mistake in the program: a tag of an options struct, a name
// or traits that contradict each other.
func (p Plugin) Describe() *pluginv1.DescribeResponse {
	if !regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`).MatchString(p.Name) {
		panic(fmt.Sprintf("sdk: the plugin's name %q does not match [A-Za-z_][A-Za-z0-9_-]*", p.Name))
	}
	if !regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`).MatchString(p.Version) {
		panic(fmt.Sprintf("sdk: the version %q of plugin %s is not a semantic version like 1.0.0", p.Version, p.Name))
	}
	if p.Destination == nil && p.Source == nil {
		panic(fmt.Sprintf("sdk: plugin %s provides neither a destination nor a source", p.Name))
	}
	d := &pluginv1.DescribeResponse{
		Name:        p.Name,
		Version:     p.Version,
		Description: p.Description,
		BuildId:     p.BuildID,
	}
	if p.Destination != nil {
		p.Destination.traits.check(p.Name)
		d.Destination = &pluginv1.DestinationDescription{
			Schema:        p.Destination.options.body().schema(""),
			Capabilities:  p.Destination.traits.capabilities(),
			BatchDefaults: p.Destination.traits.batchDefaults(),
		}
	}
	if p.Source != nil {
		d.Source = &pluginv1.SourceDescription{Schema: p.Source.options.body().schema("")}
	}
	return d
}

// check panics on traits that can't be.
func (t Traits) check(plugin string) {
	fail := func(what string) { panic(fmt.Sprintf("sdk: the traits of destination %s: %s", plugin, what)) }
	switch {
	case t.Resume && !t.Ordered:
		fail("Resume needs Ordered")
	case t.Ordered && t.Concurrency > 1:
		fail("Concurrency contradicts Ordered")
	case t.Durability > Remote:
		fail("there is no such Durability")
	case t.Concurrency < 0 || t.MaxBatchBytes < 0 || t.MaxRecords < 0 || t.MaxAge < 0 || t.MaxBytes < 0 || t.MaxInFlight < 0:
		fail("a number is negative")
	case t.MaxBatchBytes > proto.MaxBatchBytes || t.MaxBytes > proto.MaxBatchBytes:
		fail(fmt.Sprintf("a batch has at most %d bytes", proto.MaxBatchBytes))
	case t.Concurrency > maxWindow || t.MaxInFlight > maxWindow:
		fail(fmt.Sprintf("at most %d batches are on their way at once", maxWindow))
	case t.MaxRecords > math.MaxInt32 || t.MaxAge.Milliseconds() > math.MaxInt32:
		fail("a number is too large")
	}
}

func (t Traits) capabilities() *pluginv1.Capabilities {
	var exclusive *bool // absent, it follows Resume
	if t.Exclusive {
		exclusive = &t.Exclusive
	}
	return &pluginv1.Capabilities{
		Ordered:       t.Ordered,
		Resume:        t.Resume,
		Exclusive:     exclusive,
		StableBatches: t.StableBatches,
		Concurrency:   uint32(t.Concurrency),
		Durability:    pluginv1.Durability(t.Durability),
		WantsStdout:   t.WantsStdout,
		MaxBatchBytes: uint64(t.MaxBatchBytes),
	}
}

// batchDefaults returns nil when the router's own defaults do.
func (t Traits) batchDefaults() *pluginv1.BatchDefaults {
	if t.MaxRecords == 0 && t.MaxAge == 0 && t.MaxBytes == 0 && t.MaxInFlight == 0 {
		return nil
	}
	return &pluginv1.BatchDefaults{
		MaxRecords:  uint32(t.MaxRecords),
		MaxAgeMs:    uint32((t.MaxAge + time.Millisecond - 1) / time.Millisecond),
		MaxBytes:    uint64(t.MaxBytes),
		MaxInFlight: uint32(t.MaxInFlight),
	}
}
