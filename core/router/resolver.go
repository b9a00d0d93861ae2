package router

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/skidway/skidway/core/config"
	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/expr"
	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/core/spool"
)

// resolver computes what a destination wants to know of every record. It is used by one goroutine at a time.
type resolver struct {
	of     []config.ResolvedAttribute
	record *expr.Record
	meta   expr.Meta
	buf    []byte
}

var _ delivery.Resolver = (*resolver)(nil)

func newResolver(r *config.Resolve, hostname string) *resolver {
	return &resolver{of: r.Attributes, record: r.Unit.Record(), meta: expr.Meta{Hostname: hostname}}
}

// Names implements delivery.Resolver.
func (r *resolver) Names() []string {
	names := make([]string, len(r.of))
	for i, a := range r.of {
		names[i] = a.Name
	}
	return names
}

// Resolve implements delivery.Resolver.
func (r *resolver) Resolve(run *spool.Run, to *delivery.Resolution) {
	r.origin(run.Origin)
	data := run.Data
	for i, size := range run.Sizes {
		r.meta.ID = run.RecordID(i)
		r.record.Reset(data[:size], &r.meta)
		r.one(to)
		data = data[size+1:]
	}
}

func (r *resolver) one(to *delivery.Resolution) {
	for i := range r.of {
		v, null, err := r.value(&r.of[i])
		switch {
		case err != nil:
			to.Fail(failedText(&r.of[i]))
			return
		case null:
			to.Absent()
		default:
			to.Value(v)
		}
	}
	to.Next()
}

func failedText(a *config.ResolvedAttribute) string {
	return fmt.Sprintf("the expression of %q has an error for this record: see skidway explain", a.Name)
}

// value returns an attribute's value for the record; it is valid until the next call.
func (r *resolver) value(a *config.ResolvedAttribute) (v []byte, null bool, err error) {
	if a.Path {
		v, null, err = a.Value.AppendPath(r.buf[:0], r.record)
	} else {
		v, null, err = a.Value.AppendText(r.buf[:0], r.record)
	}
	r.buf = v
	return v, null, err
}

func (r *resolver) origin(o *record.Origin) {
	r.meta.Source, r.meta.Peer, r.meta.PeerPort, r.meta.ClientName = o.Source, o.Peer, o.PeerPort, o.ClientName
	r.meta.ReceivedUnixNano, r.meta.Truncated = o.ReceivedUnixNano, o.Truncated
}

// describe returns the values of one record as text for people and as a key; err says why it becomes a dead letter.
func (r *resolver) describe(o *record.Origin, id uint64, data []byte) (values map[string]string, key string, err error) {
	r.origin(o)
	r.meta.ID = id
	r.record.Reset(data, &r.meta)
	values = map[string]string{}
	var all bytes.Buffer
	size := 0
	var needed error
	for i := range r.of {
		a := &r.of[i]
		v, null, err := r.value(a)
		v = bytes.ToValidUTF8(v, []byte("\uFFFD")) // as a lane gives it
		size += resolvedSize(v, null)
		switch {
		case err != nil:
			return nil, "", fmt.Errorf("the expression of %q has an error for it: %w", a.Name, a.Value.Err(r.record))
		case !null:
			values[a.Name] = string(v)
		case a.Needed && needed == nil:
			needed = fmt.Errorf("%q is null for it, and there is no fallback_%s", a.Name, a.Name)
		case a.Fallback != "":
			values[a.Name] = a.Fallback
		}
		fmt.Fprintf(&all, "%t%q", null, v)
	}
	switch {
	case size > delivery.MaxResolvedBytes: // a lane looks first, before the destination misses a value
		return nil, "", errors.New(delivery.ReasonTooLong)
	case needed != nil:
		return nil, "", needed
	}
	return values, all.String(), nil
}

// resolvedSize is how many of delivery.MaxResolvedBytes a value takes.
func resolvedSize(v []byte, null bool) int {
	if null {
		return 1
	}
	var length [binary.MaxVarintLen64]byte
	return binary.PutUvarint(length[:], uint64(len(v))+1) + len(v)
}
