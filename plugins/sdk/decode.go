package sdk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// decoder fills options structs from the protocol's JSON and notes everything that is wrong.
type decoder struct {
	complete    bool // required attributes must be there
	diagnostics []*pluginv1.Diagnostic
}

func (d *decoder) fail(path []*pluginv1.PathStep, format string, args ...any) {
	d.diagnostics = append(d.diagnostics, &pluginv1.Diagnostic{
		Severity: pluginv1.Severity_SEVERITY_ERROR,
		Summary:  fmt.Sprintf(format, args...),
		Path:     path,
	})
}

func nameStep(path []*pluginv1.PathStep, name string) []*pluginv1.PathStep {
	return append(slices.Clip(path), &pluginv1.PathStep{Step: &pluginv1.PathStep_Name{Name: name}})
}

func indexStep(path []*pluginv1.PathStep, i int) []*pluginv1.PathStep {
	return append(slices.Clip(path), &pluginv1.PathStep{Step: &pluginv1.PathStep_Index{Index: uint32(i)}})
}

// body decodes a JSON object into a struct that holds the defaults.
func (d *decoder) body(b *body, raw json.RawMessage, into reflect.Value, path []*pluginv1.PathStep) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil {
		d.fail(path, "The configuration is not a JSON object: %v.", err)
		return
	}
	for _, o := range b.fields {
		value, given := object[o.name]
		delete(object, o.name)
		given = given && !isNull(value)
		field := into.FieldByIndex(o.field.Index)
		here := nameStep(path, o.name)
		switch {
		case o.block != nil:
			d.block(o, value, given, field, here)
		case given:
			d.value(value, field, here)
		case o.attr.Phase == pluginv1.Phase_PHASE_RECORD:
			field.SetZero() // its values come with the batches, and the default is for a router to fill in
		case o.attr.Required && d.complete:
			d.fail(here, "The attribute is required.")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		d.fail(nameStep(path, name), "The plugin has no attribute or block of this name.")
	}
}

func (d *decoder) block(o *option, raw json.RawMessage, given bool, into reflect.Value, path []*pluginv1.PathStep) {
	if into.Kind() != reflect.Slice {
		if into.Kind() == reflect.Pointer {
			into.SetZero()
		}
		if !given {
			if o.min > 0 && d.complete {
				d.fail(path, "The block is required.")
			}
			return
		}
		if into.Kind() == reflect.Pointer {
			into.Set(reflect.New(o.block.typ))
			into = into.Elem()
		}
		into.Set(o.template)
		d.body(o.block, raw, into, path)
		return
	}
	var blocks []json.RawMessage
	if given {
		if err := json.Unmarshal(raw, &blocks); err != nil {
			d.fail(path, "The blocks are not a JSON array: %v.", err)
			return
		}
	}
	if len(blocks) < int(o.min) && d.complete {
		d.fail(path, "The block is required.")
	}
	into.Set(reflect.MakeSlice(into.Type(), len(blocks), len(blocks)))
	for i, raw := range blocks {
		into.Index(i).Set(o.template)
		d.body(o.block, raw, into.Index(i), indexStep(path, i))
	}
}

// value decodes the value of an attribute.
func (d *decoder) value(raw json.RawMessage, into reflect.Value, path []*pluginv1.PathStep) {
	switch into.Kind() {
	case reflect.Slice:
		var elements []json.RawMessage
		if err := json.Unmarshal(raw, &elements); err != nil {
			d.fail(path, "The value is not a list.")
			return
		}
		into.Set(reflect.MakeSlice(into.Type(), len(elements), len(elements)))
		for i, element := range elements {
			d.value(element, into.Index(i), indexStep(path, i))
		}
	case reflect.Map:
		var elements map[string]json.RawMessage
		if err := json.Unmarshal(raw, &elements); err != nil {
			d.fail(path, "The value is not a map.")
			return
		}
		into.Set(reflect.MakeMapWithSize(into.Type(), len(elements)))
		for _, name := range slices.Sorted(maps.Keys(elements)) {
			element := reflect.New(into.Type().Elem()).Elem()
			d.value(elements[name], element, nameStep(path, name))
			into.SetMapIndex(reflect.ValueOf(name).Convert(into.Type().Key()), element)
		}
	case reflect.Interface:
		var v any
		if err := json.Unmarshal(raw, &v); err != nil {
			d.fail(path, "The value is not JSON: %v.", err)
			return
		}
		if v != nil {
			into.Set(reflect.ValueOf(v))
		}
	default:
		d.scalar(raw, into, path)
	}
}

func (d *decoder) scalar(raw json.RawMessage, into reflect.Value, path []*pluginv1.PathStep) {
	switch {
	case into.Kind() == reflect.String:
		var s string
		if err := json.Unmarshal(raw, &s); err != nil || isNull(raw) {
			d.fail(path, "The value is not a string.")
			return
		}
		into.SetString(s)
	case into.Kind() == reflect.Bool:
		var v bool
		if err := json.Unmarshal(raw, &v); err != nil || isNull(raw) {
			d.fail(path, "The value is neither true nor false.")
			return
		}
		into.SetBool(v)
	case into.CanFloat():
		f, ok := number(raw)
		if !ok || into.OverflowFloat(f) {
			d.fail(path, "The value is not a number that fits.")
			return
		}
		into.SetFloat(f)
	case into.CanInt():
		i, ok := integer(raw)
		if !ok || into.OverflowInt(i) {
			d.fail(path, "The value is not a whole number that fits.")
			return
		}
		into.SetInt(i)
	default:
		u, ok := unsigned(raw)
		if !ok || into.OverflowUint(u) {
			d.fail(path, "The value is not a whole number from 0 on that fits.")
			return
		}
		into.SetUint(u)
	}
}

func isNull(raw json.RawMessage) bool { return string(bytes.TrimSpace(raw)) == "null" }

func number(raw json.RawMessage) (float64, bool) {
	f, err := strconv.ParseFloat(strings.TrimSpace(string(raw)), 64)
	return f, err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
}

// integer also takes whole numbers written with a fraction or an exponent.
func integer(raw json.RawMessage) (int64, bool) {
	if i, err := strconv.ParseInt(string(bytes.TrimSpace(raw)), 10, 64); err == nil {
		return i, true
	}
	f, ok := number(raw)
	return int64(f), ok && f == math.Trunc(f) && f >= math.MinInt64 && f < math.MaxInt64
}

func unsigned(raw json.RawMessage) (uint64, bool) {
	if u, err := strconv.ParseUint(string(bytes.TrimSpace(raw)), 10, 64); err == nil {
		return u, true
	}
	f, ok := number(raw)
	return uint64(f), ok && f == math.Trunc(f) && f >= 0 && f < math.MaxUint64
}
