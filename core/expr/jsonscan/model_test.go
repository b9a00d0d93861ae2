package jsonscan

import (
	"bytes"
	"encoding/json"
	"reflect"
	"unicode/utf8"
)

// decode returns what encoding/json makes of one JSON value, numbers as they are written; ok is false when it is not
// valid, or not valid here for its depth or its UTF-8.
func decode(b []byte) (v any, ok bool) {
	if !utf8.Valid(b) || !json.Valid(b) || depthOf(b) > MaxDepth {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, false
	}
	return v, true
}

// depthOf returns how deep the objects and arrays of a valid value stand inside each other.
func depthOf(b []byte) int {
	deepest, depth := 0, 0
	inString := false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}

// at returns the value at the path in a decoded object.
func at(v any, path []string) (any, bool) {
	for _, name := range path {
		object, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		if v, ok = object[name]; !ok {
			return nil, false
		}
	}
	return v, true
}

// setAt sets the value at the path in a decoded object as Set says; ok is false when a value on the way is no object.
func setAt(object map[string]any, path []string, v any) (ok bool) {
	if len(path) == 1 {
		object[path[0]] = v
		return true
	}
	below := object[path[0]]
	if below == nil {
		below = map[string]any{}
		object[path[0]] = below
	}
	inner, ok := below.(map[string]any)
	return ok && setAt(inner, path[1:], v)
}

// unsetAt removes the value at the path from a decoded object.
func unsetAt(object map[string]any, path []string) {
	if len(path) == 1 {
		delete(object, path[0])
	} else if inner, ok := object[path[0]].(map[string]any); ok {
		unsetAt(inner, path[1:])
	}
}

// sameValue reports whether a decoded value is the one that v stands for in rec.
func sameValue(rec []byte, v Value, want any, has bool) bool {
	if !has {
		return v == Value{}
	}
	if text, ok := want.(string); ok {
		return v.Kind == String && string(AppendText(nil, rec, v)) == text
	}
	got, ok := decode(v.Bytes(rec))
	return ok && kindOfDecoded(want) == v.Kind && reflect.DeepEqual(got, want)
}

func kindOfDecoded(v any) Kind {
	switch v := v.(type) {
	case nil:
		return Null
	case bool:
		if v {
			return True
		}
		return False
	case json.Number:
		return Number
	case string:
		return String
	case []any:
		return Array
	default:
		return Object
	}
}

// occurrences returns the number of places of the path in rec, duplicates included, by its own walk over the tokens of
// encoding/json.
func occurrences(rec []byte, path []string) int {
	d := json.NewDecoder(bytes.NewReader(rec))
	d.UseNumber()
	count := 0
	var walk func(left []string)
	walk = func(left []string) {
		token, err := d.Token()
		if err != nil {
			return
		}
		delim, ok := token.(json.Delim)
		if !ok {
			return
		}
		for d.More() {
			if delim == '[' {
				walk(nil)
				continue
			}
			name, err := d.Token()
			if err != nil {
				return
			}
			if len(left) > 0 && name == left[0] {
				if len(left) == 1 {
					count++
				}
				walk(left[1:])
			} else {
				walk(nil)
			}
		}
		if _, err := d.Token(); err != nil {
			return
		}
	}
	walk(path)
	return count
}

// rebuild decodes a value by Members, Elements and AppendText, and notes its strings and numbers in order.
func rebuild(rec []byte, v Value, scalars *[]Value) any {
	switch v.Kind {
	case Object:
		object := map[string]any{}
		Members(rec, v, func(key, val Value) bool {
			name := string(AppendText(nil, rec, key))
			if !KeyEquals(rec, key, name) || KeyEquals(rec, key, name+"x") || KeyEquals(rec, key, "x"+name) {
				return false
			}
			object[name] = rebuild(rec, val, scalars)
			return true
		})
		return object
	case Array:
		array := []any{}
		Elements(rec, v, func(element Value) bool {
			array = append(array, rebuild(rec, element, scalars))
			return true
		})
		return array
	case String:
		*scalars = append(*scalars, v)
		return string(AppendText(nil, rec, v))
	case Number:
		*scalars = append(*scalars, v)
		return json.Number(v.Bytes(rec))
	case True, False:
		return v.Kind == True
	default:
		return nil
	}
}

func equalDecoded(a, b any) bool { return reflect.DeepEqual(a, b) }
