package pipeline

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/skidway/skidway/core/expr/jsonscan"
)

// parser is Parse, prepared.
type parser struct {
	Parse

	layout layout
	names  [][]byte       // of the groups of Regex; nil: no name
	source *jsonscan.Plan // of Field; nil: the whole record
	into   *jsonscan.Plan // of Into; nil: the root
}

var (
	errNotText  = errors.New("is not a text")
	errNoMatch  = errors.New("does not match the regex")
	errDeep     = errors.New("nests too deep for its new place")
	errNotJSON  = errors.New("is not valid JSON")
	errNoFields = errors.New("is JSON, but no object; use into to give it a field")
)

func newParser(o *Parse) (*parser, error) {
	p := &parser{Parse: *o}
	if p.TimeZone == nil {
		p.TimeZone = time.UTC
	}
	if len(o.Field) > 0 {
		p.source = jsonscan.NewPlan([][]string{o.Field})
	}
	switch o.Format {
	case JSON, LogFmt, KV, CSV, Syslog:
	case Regex:
		if o.Regex == nil {
			return nil, errors.New("format regex needs a regex")
		}
		named := false
		for _, name := range o.Regex.SubexpNames() {
			p.names = append(p.names, []byte(name))
			named = named || name != ""
		}
		if !named {
			return nil, errors.New(`the regex has no named group; write (?P<name>…) around what becomes a field`)
		}
	case Timestamp:
		var err error
		if p.layout, err = newLayout(o.Layout); err != nil {
			return nil, err
		}
		if len(o.Into) == 0 {
			if len(o.Field) == 0 {
				return nil, errors.New("format timestamp needs field or into")
			}
			p.Into, p.Overwrite, p.RemoveSource = o.Field, true, false
		}
	default:
		return nil, fmt.Errorf("format %d is none", o.Format)
	}
	if len(p.Into) > 0 {
		p.into = jsonscan.NewPlan([][]string{p.Into})
	}
	return p, nil
}

// applyParse parses the source and merges what it holds. A source that is missing or null changes nothing.
func (r *Runner) applyParse(p *parser) (changed bool, err error) {
	w := &r.work
	var base []byte
	var object bool
	text := r.data
	if p.source == nil {
		object, base = r.isObject(), r.object()
	} else {
		var found []jsonscan.Value
		base, found, object = r.locate(p.source)
		switch v := found[0]; v.Kind {
		case jsonscan.Missing, jsonscan.Null:
			return false, nil
		case jsonscan.String, jsonscan.Number:
			w.values = jsonscan.AppendText(w.values[:0], base, v)
			text = w.values
		default:
			return false, fmt.Errorf("field is %s: it %w", article(v.Kind), errNotText)
		}
	}
	if p.Format == Timestamp {
		return r.parseTime(p, base, text)
	}
	w.fields.reset()
	if err := r.parseText(p, text); err != nil {
		if errors.Is(err, errWhole) {
			return r.putWhole(p, base, text)
		}
		return false, fmt.Errorf("parse %s: it %w", p.Format, err)
	}
	if base, err = r.withoutSource(p, base, object); err != nil {
		return false, err
	}
	return r.mergeAt(base, p.Into, p.into, p.Overwrite)
}

// parseText fills the fields in scratch.
func (r *Runner) parseText(p *parser, text []byte) error {
	f := &r.work.fields
	switch p.Format {
	case JSON:
		return r.work.parseJSON(text, len(p.Into))
	case LogFmt:
		return parseLogfmt(f, text)
	case KV:
		return parsePairs(f, text)
	case CSV:
		return parseCSV(f, text, p.Columns)
	case Regex:
		return p.groups(f, text)
	case Syslog:
		return parseSyslog(f, text, p.TimeZone, r.received())
	case Timestamp:
	}
	return nil
}

func (r *Runner) received() time.Time { return time.Unix(0, r.meta.ReceivedUnixNano) }

// groups adds the named groups of the regex that took part in its first match.
func (p *parser) groups(f *fieldList, text []byte) error {
	m := p.Regex.FindSubmatchIndex(text)
	if m == nil {
		return errNoMatch
	}
	for i, name := range p.names {
		if len(name) == 0 || m[2*i] < 0 {
			continue
		}
		if err := f.text(name, text[m[2*i]:m[2*i+1]]); err != nil {
			return err
		}
	}
	return nil
}

// withoutSource returns base as the fields are merged into it. With RemoveSource the source is gone. The text of a line
// gives way to a parsed field of its name, "message": it is no field that its sender named.
func (r *Runner) withoutSource(p *parser, base []byte, object bool) ([]byte, error) {
	w := &r.work
	if p.source == nil {
		if p.RemoveSource || !object && len(p.Into) == 0 && w.fields.has("message") {
			return []byte("{}"), nil
		}
		return base, nil
	}
	if !p.RemoveSource {
		return base, nil
	}
	w.splicer.Reset()
	if err := w.splicer.Unset(p.Field); err != nil {
		return nil, err
	}
	out, changed, err := w.splicer.Append(w.base[:0], base)
	if err != nil || !changed {
		return base, err
	}
	w.base = out
	return out, nil
}

// parseTime writes the source's time at Into.
func (r *Runner) parseTime(p *parser, base, text []byte) (changed bool, err error) {
	t, err := p.layout.parse(text, p.TimeZone, r.received())
	if err != nil {
		return false, fmt.Errorf("parse %s: it %w", p.Format, err)
	}
	w := &r.work
	w.text = append(appendTime(append(w.text[:0], '"'), t), '"')
	return r.put(p, base, w.text)
}

// put makes value the value at Into, and removes the source if that is asked for.
func (r *Runner) put(p *parser, base, value []byte) (changed bool, err error) {
	w := &r.work
	if !p.Overwrite && (!p.RemoveSource || !slices.Equal(p.Field, p.Into)) {
		w.found = append(w.found[:0], jsonscan.Value{})
		p.into.Scan(base, w.found)
		if k := w.found[0].Kind; k != jsonscan.Missing && k != jsonscan.Null {
			value = nil
		}
	}
	from, err := r.withoutSource(p, base, true)
	if err != nil {
		return false, err
	}
	w.splicer.Reset()
	if value != nil {
		if err := w.splicer.Set(p.Into, value); err != nil {
			return false, err
		}
	}
	changed, err = r.rendered(&w.splicer, from)
	if err == nil && !changed && &from[0] != &base[0] { // only the source is gone
		return true, r.set(append(r.spare(), from...), nil)
	}
	return changed, err
}

// String returns the format's name in the configuration.
func (f Format) String() string {
	switch f {
	case JSON:
		return "json"
	case LogFmt:
		return "logfmt"
	case KV:
		return "kv"
	case CSV:
		return "csv"
	case Regex:
		return "regex"
	case Syslog:
		return "syslog"
	case Timestamp:
		return "timestamp"
	}
	return "unknown"
}

func article(k jsonscan.Kind) string {
	switch k {
	case jsonscan.Array, jsonscan.Object:
		return "an " + k.String()
	default:
		return k.String()
	}
}
