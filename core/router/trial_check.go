package router

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/skidway/skidway/core/config"
	"github.com/skidway/skidway/core/delivery"
)

// check compares what came to a place with what was expected there.
func (t *trial) check(e *config.TestExpect, at string) (failures []TestFailure) {
	got := t.at[at]
	fail := func(message, detail string) {
		failures = append(failures, TestFailure{At: e.Place, Message: message, Detail: detail})
	}
	if e.Count != nil && *e.Count != len(got) {
		fail(fmt.Sprintf("%s got %s, not %d.", at, records(len(got)), *e.Count), t.sample(at))
	}
	if len(got) == 0 && e.Count == nil && !e.HasEquals && !e.HasBatches && len(e.Contains)+len(e.Asserts) == 0 {
		fail(fmt.Sprintf("%s got no records.", at), "")
	}
	decoded := make([]any, len(got))
	for i, a := range got {
		decoded[i] = asExpected(a.data)
	}
	for _, want := range e.Contains {
		if !slices.ContainsFunc(decoded, func(have any) bool { return contains(have, want) }) {
			fail(fmt.Sprintf("%s got no record that contains %s.", at, inJSON(want)), t.sample(at))
		}
	}
	if e.HasEquals {
		for i := range max(len(got), len(e.Equals)) {
			switch {
			case i >= len(got):
				fail(fmt.Sprintf("%s got %s; the next should have been %s.", at, records(len(got)), inJSON(e.Equals[i])), t.sample(at))
			case i >= len(e.Equals):
				fail(fmt.Sprintf("%s got a record more than expected.", at), string(got[i].data))
			case !equal(got[i].data, decoded[i], e.Equals[i]):
				fail(fmt.Sprintf("Record %d at %s is not %s.", i+1, at, inJSON(e.Equals[i])), string(got[i].data))
			default:
				continue
			}
			break
		}
	}
	if e.HasBatches {
		if sizes := t.batches(at); !slices.Equal(sizes, e.Batches) {
			fail(fmt.Sprintf("%s got batches of %v, not %v.", at, sizes, e.Batches), "")
		}
	}
	output := make([][]byte, len(got))
	for i, a := range got {
		output[i] = a.data
	}
	for _, a := range e.Asserts {
		ok, err := a.Holds(output)
		switch {
		case err != nil:
			failures = append(failures, TestFailure{At: a.Place, Message: fmt.Sprintf("The condition can't be evaluated for %s: %v", at, err), Detail: t.sample(at)})
		case !ok:
			message := a.Message
			if message == "" {
				message = "The condition is false."
			}
			failures = append(failures, TestFailure{At: a.Place, Message: fmt.Sprintf("%s: %s", at, message), Detail: t.sample(at)})
		}
	}
	return failures
}

// asExpected is a record as a test writes it: an object, or a text.
func asExpected(line []byte) any {
	v, ok := decode(line)
	if _, object := v.(map[string]any); ok && object {
		return v
	}
	return string(line)
}

func decode(line []byte) (any, bool) {
	if !json.Valid(line) {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err == nil
}

// contains reports whether have has at least what want has. A text has the field message.
func contains(have, want any) bool {
	fields, ok := want.(map[string]any)
	if !ok {
		return same(have, want)
	}
	of, ok := have.(map[string]any)
	if text, isText := have.(string); isText {
		of, ok = map[string]any{"message": text}, true
	}
	if !ok {
		return false
	}
	for name, w := range fields {
		h, there := of[name]
		if w == nil && !there {
			continue // a field that is not there is null
		}
		if _, nested := w.(map[string]any); nested && there {
			if !contains(h, w) {
				return false
			}
			continue
		}
		if !there || !same(h, w) {
			return false
		}
	}
	return true
}

func equal(line []byte, have, want any) bool {
	if text, ok := want.(string); ok {
		return text == string(line)
	}
	return same(have, want)
}

// same compares two JSON values. Numbers are equal when their values are.
func same(a, b any) bool {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for k, v := range x {
			w, ok := y[k]
			if !ok || !same(v, w) {
				return false
			}
		}
		return true
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, same)
	case json.Number:
		return sameNumber(x, b)
	default:
		return a == b
	}
}

// sameNumber compares numbers exactly. The exponents of records are anybody's: those that are far out are compared as they
// are written.
func sameNumber(a json.Number, b any) bool {
	var y json.Number
	switch n := b.(type) {
	case json.Number:
		y = n
	case float64:
		y = json.Number(strconv.FormatFloat(n, 'g', -1, 64))
	default:
		return false
	}
	if a == y {
		return true
	}
	exact := func(n json.Number) (*big.Rat, bool) {
		mantissa, _, _ := strings.Cut(strings.ToLower(n.String()), "e")
		if f, err := n.Float64(); err != nil || f == 0 && strings.ContainsAny(mantissa, "123456789") {
			return nil, false
		}
		return new(big.Rat).SetString(n.String())
	}
	p, ok := exact(a)
	q, also := exact(y)
	return ok && also && p.Cmp(q) == 0
}

func inJSON(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return fmt.Sprint(v)
	}
	return string(bytes.TrimSpace(b.Bytes()))
}

// batches returns how many records each batch of a destination had.
func (t *trial) batches(at string) []int {
	for _, d := range t.c.Destinations {
		if d.Address != at {
			continue
		}
		var all []delivery.Rehearsed
		for _, a := range t.at[at] {
			all = append(all, delivery.Rehearsed{Bytes: len(a.data), At: a.at, Values: a.key})
		}
		return delivery.Rehearse(d.Delivery, all)
	}
	return nil
}
