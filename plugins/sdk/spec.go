package sdk

import (
	"fmt"
	"reflect"
	"sync"

	"github.com/skidway/skidway/plugins/sdk/internal/wire"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// DestinationSpec describes a destination; NewDestination makes it.
type DestinationSpec struct {
	options *options
	create  func(options reflect.Value) Destination
	traits  Traits
}

// SourceSpec describes a source; NewSource makes it.
type SourceSpec struct {
	options *options
	create  func(options reflect.Value) Source
}

// NewDestination describes a destination by its options struct O. defaults holds the default values; create makes the
// destination from the options of one block and does no I/O, which is left to Open.
//
// The fields of O become the attributes and nested blocks that a destination block takes:
//
//	type Options struct {
//		Endpoint sdk.URL       `sk:"endpoint,required" doc:"Where records are posted."`
//		Token    sdk.Secret    `sk:"token" doc:"Sent as a bearer token."`
//		Timeout  time.Duration `sk:"timeout" doc:"For one request." min:"1s"`
//		TLS      *TLS          `sk:"tls,block" doc:"Certificates; absent: the system's."`
//	}
//
// The tag sk gives the name, followed by any of: required; sensitive; record (the user may compute the value for every
// record: read it with Batch.Resolved; the field holds a value that is the same for all, and is empty otherwise; string and
// Path fields of a destination only); block (a nested block).
// The other tags are doc (one sentence), example (in the configuration language), oneof ("a|b"), min, max (for
// durations and sizes as a user would write them), pattern (RE2, for the whole string) and deprecated (what to use
// instead). A field without the tag sk is not part of the configuration.
//
// An attribute is a string, bool, any integer or float, or a type of your own made from one of these; time.Duration,
// Bytes, URL, Path, Secret; a slice or a map[string] of them; or map[string]any. A zero default means that there is none, except that
// a bool without one is false. A nested block is a struct (its absence leaves the defaults), a pointer to a struct
// (nil when it is absent; what the default points to gives the defaults of its attributes), or a slice of structs (any
// number of blocks; the first default gives the defaults of the attributes of each).
//
// O, and the struct of a nested block, may have a method Rules() []Rule. O may be a Validator.
//
// A mistake in O is a mistake in the program: the first use of the description panics and names the field.
func NewDestination[O any](defaults O, create func(O) Destination, t Traits) *DestinationSpec {
	return &DestinationSpec{
		options: newOptions(defaults, destinationNames(), true),
		create:  func(v reflect.Value) Destination { return create(v.Interface().(O)) },
		traits:  t,
	}
}

// NewSource is NewDestination for sources, whose options can't be computed for every record.
func NewSource[O any](defaults O, create func(O) Source) *SourceSpec {
	return &SourceSpec{
		options: newOptions(defaults, sourceNames(), false),
		create:  func(v reflect.Value) Source { return create(v.Interface().(O)) },
	}
}

// options are what is known of an options struct. Its schema is derived at the first use, so that a program which
// bundles many plugins does not pay for those that it doesn't serve.
type options struct {
	defaults reflect.Value
	body     func() *body
}

func newOptions(defaults any, taken map[string]bool, destination bool) *options {
	v := reflect.ValueOf(defaults)
	return &options{
		defaults: v,
		body: sync.OnceValue(func() *body {
			if !v.IsValid() || v.Kind() != reflect.Struct {
				panic(fmt.Sprintf("sdk: options must be a struct, not %T", defaults))
			}
			b := parseBody(v.Type(), v, destination)
			for _, f := range b.fields {
				if taken[f.name] {
					b.fail(f.field, "the router has a %q of its own", f.name)
				}
			}
			return b
		}),
	}
}

// constants returns the RECORD attributes that have one value for all records in v, an options struct, and whether there
// are any that have not, whose values come with the batches.
func (o *options) constants(v reflect.Value) (constants []wire.Pair, computed bool) {
	for _, f := range o.body().fields {
		if f.block != nil || f.attr.Phase != pluginv1.Phase_PHASE_RECORD {
			continue
		}
		if s := v.FieldByIndex(f.field.Index).String(); s != "" {
			constants = append(constants, wire.Pair{Name: f.name, Value: s})
		} else {
			computed = true
		}
	}
	return constants, computed
}

// decode returns the options for a configuration, and what is wrong with it. Required attributes are only demanded
// when complete is set: a configuration that is merely checked may lack what only the running router knows.
func (o *options) decode(config []byte, complete bool) (reflect.Value, []*pluginv1.Diagnostic) {
	b := o.body()
	into := reflect.New(b.typ)
	into.Elem().Set(o.defaults)
	d := decoder{complete: complete}
	d.body(b, config, into.Elem(), nil)
	return into, d.diagnostics
}

// destinationNames are the router's own attributes and blocks of a destination block.
func destinationNames() map[string]bool {
	return map[string]bool{
		"enabled": true, "batch": true, "retry": true, "reject_limit": true, "backlog": true, "dead_letter": true,
		"max_in_flight": true, "hang_timeout": true, "rate_limit": true, "failover": true, "round_robin": true,
	}
}

// sourceNames are the router's own attributes of a source block.
func sourceNames() map[string]bool { return map[string]bool{"enabled": true} }
