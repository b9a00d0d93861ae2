package sdk

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strconv"
	"time"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// valueType is what the schema calls a Go type.
type valueType struct {
	kind, element pluginv1.Type
	secret        bool
}

// multiple says that a value holds any number of others.
func (t valueType) multiple() bool {
	switch t.kind {
	case pluginv1.Type_TYPE_LIST, pluginv1.Type_TYPE_MAP, pluginv1.Type_TYPE_OBJECT:
		return true
	default:
		return false
	}
}

// valueTypeOf returns the schema's name for t; its kind is unspecified when there is none.
func valueTypeOf(t reflect.Type) valueType {
	switch t.Kind() {
	case reflect.Slice:
		element := scalarTypeOf(t.Elem())
		if element.kind == pluginv1.Type_TYPE_UNSPECIFIED || t.Elem().Kind() == reflect.Uint8 {
			return valueType{}
		}
		return valueType{kind: pluginv1.Type_TYPE_LIST, element: element.kind, secret: element.secret}
	case reflect.Map:
		if t.Key().Kind() != reflect.String {
			return valueType{}
		}
		if t.Elem().Kind() == reflect.Interface && t.Elem().NumMethod() == 0 {
			return valueType{kind: pluginv1.Type_TYPE_OBJECT}
		}
		element := scalarTypeOf(t.Elem())
		if element.kind == pluginv1.Type_TYPE_UNSPECIFIED {
			return valueType{}
		}
		return valueType{kind: pluginv1.Type_TYPE_MAP, element: element.kind, secret: element.secret}
	default:
		return scalarTypeOf(t)
	}
}

func scalarTypeOf(t reflect.Type) valueType {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return valueType{kind: pluginv1.Type_TYPE_DURATION}
	case reflect.TypeFor[Bytes]():
		return valueType{kind: pluginv1.Type_TYPE_BYTES}
	case reflect.TypeFor[URL]():
		return valueType{kind: pluginv1.Type_TYPE_URL}
	case reflect.TypeFor[Path]():
		return valueType{kind: pluginv1.Type_TYPE_PATH}
	case reflect.TypeFor[Secret]():
		return valueType{kind: pluginv1.Type_TYPE_STRING, secret: true}
	}
	switch t.Kind() {
	case reflect.String:
		return valueType{kind: pluginv1.Type_TYPE_STRING}
	case reflect.Bool:
		return valueType{kind: pluginv1.Type_TYPE_BOOL}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Float32, reflect.Float64:
		return valueType{kind: pluginv1.Type_TYPE_NUMBER}
	default:
		return valueType{}
	}
}

// bounds returns the smallest and the largest number that a field of type t can hold, where that is less than what
// the configuration language can say.
func bounds(t reflect.Type) (lowest, highest *float64) {
	bound := func(f float64) *float64 { return &f }
	switch t.Kind() {
	case reflect.Int8, reflect.Int16, reflect.Int32:
		return bound(-math.Ldexp(1, t.Bits()-1)), bound(math.Ldexp(1, t.Bits()-1) - 1)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return bound(0), bound(math.Ldexp(1, t.Bits()) - 1)
	case reflect.Uint, reflect.Uint64:
		return bound(0), nil
	default:
		return nil, nil
	}
}

// canonical returns v in the canonical JSON form of its type.
func canonical(v reflect.Value, t valueType) (string, error) {
	switch t.kind {
	case pluginv1.Type_TYPE_NUMBER:
		if v.CanFloat() {
			f := v.Float()
			if math.IsNaN(f) || math.IsInf(f, 0) {
				return "", errors.New("not a finite number")
			}
			return strconv.FormatFloat(f, 'g', -1, v.Type().Bits()), nil
		}
	case pluginv1.Type_TYPE_OBJECT, pluginv1.Type_TYPE_LIST, pluginv1.Type_TYPE_MAP:
	default:
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v.Interface()); err != nil {
		return "", err
	}
	return string(bytes.TrimSpace(out.Bytes())), nil
}
