package pipeline

import (
	"errors"

	"github.com/skidway/skidway/core/expr/jsonscan"
)

// mostFields is how many fields one text may be parsed to. It bounds what a hostile text costs.
const mostFields = 1000

var errManyFields = errors.New("holds more than 1000 fields")

// fieldList collects what one text was parsed to: names and values, in order. Its memory is used again after reset.
type fieldList struct {
	buf  []byte
	list []fieldSpan
}

// fieldSpan is a field's place in the list's buffer: its name, as text, and its value, as JSON.
type fieldSpan struct{ name, value, end int }

func (f *fieldList) reset() { f.buf, f.list = f.buf[:0], f.list[:0] }

// text adds a field whose value is a string.
func (f *fieldList) text(name, text []byte) error {
	at, err := f.begin(name)
	if err != nil {
		return err
	}
	f.buf = jsonscan.AppendQuoted(f.buf, text)
	f.finish(at)
	return nil
}

// raw adds a field whose value is JSON already, on one line.
func (f *fieldList) raw(name, value []byte) error {
	at, err := f.begin(name)
	if err != nil {
		return err
	}
	f.buf = append(f.buf, value...)
	f.finish(at)
	return nil
}

// begin starts a field: the caller appends its value's JSON to buf and calls finish.
func (f *fieldList) begin(name []byte) (fieldSpan, error) {
	if len(f.list) == mostFields {
		return fieldSpan{}, errManyFields
	}
	at := fieldSpan{name: len(f.buf)}
	f.buf = append(f.buf, name...)
	at.value = len(f.buf)
	return at, nil
}

func (f *fieldList) finish(at fieldSpan) {
	at.end = len(f.buf)
	f.list = append(f.list, at)
}

func (f *fieldList) name(i int) []byte  { return f.buf[f.list[i].name:f.list[i].value] }
func (f *fieldList) value(i int) []byte { return f.buf[f.list[i].value:f.list[i].end] }
