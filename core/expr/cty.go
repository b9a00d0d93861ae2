package expr

import (
	"maps"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/skidway/skidway/core/expr/jsonscan"
)

// ctyOf returns a JSON value as hcl's evaluator sees it. Of members with the same name the last counts. A number with
// too many digits is not known.
func ctyOf(rec []byte, v jsonscan.Value) cty.Value {
	switch v.Kind {
	case jsonscan.Missing, jsonscan.Null:
	case jsonscan.False:
		return cty.False
	case jsonscan.True:
		return cty.True
	case jsonscan.Number:
		text := v.Bytes(rec)
		if shapeOf(text) == plainNumber {
			if n, err := cty.ParseNumberVal(string(text)); err == nil {
				return n
			}
		}
		return cty.UnknownVal(cty.Number)
	case jsonscan.String:
		return ctyText(string(jsonscan.AppendText(nil, rec, v)))
	case jsonscan.Array:
		var elements []cty.Value
		jsonscan.Elements(rec, v, func(e jsonscan.Value) bool {
			elements = append(elements, ctyOf(rec, e))
			return true
		})
		return cty.TupleVal(elements)
	case jsonscan.Object:
		last := map[string]jsonscan.Value{}
		jsonscan.Members(rec, v, func(key, value jsonscan.Value) bool {
			last[string(jsonscan.AppendText(nil, rec, key))] = value
			return true
		})
		members := make(map[string]cty.Value, len(last))
		for name, value := range last {
			members[name] = ctyOf(rec, value)
		}
		return cty.ObjectVal(members)
	}
	return cty.NullVal(cty.DynamicPseudoType)
}

// appendCtyJSON appends a known value as JSON, the keys of objects sorted. Null alone appends nothing.
func appendCtyJSON(dst []byte, v cty.Value) (out []byte, k jsonscan.Kind, err error) {
	if v.IsNull() {
		return dst, jsonscan.Null, nil
	}
	switch ty := v.Type(); {
	case ty == cty.String:
		return jsonscan.AppendQuoted(dst, []byte(v.AsString())), jsonscan.String, nil
	case ty == cty.Number:
		f := v.AsBigFloat()
		if inRange(f) != nil {
			return dst, jsonscan.Missing, errFailed
		}
		return f.Append(dst, 'f', -1), jsonscan.Number, nil
	case ty == cty.Bool && v.True():
		return append(dst, "true"...), jsonscan.True, nil
	case ty == cty.Bool:
		return append(dst, "false"...), jsonscan.False, nil
	case ty.IsObjectType() || ty.IsMapType():
		return appendCtyObject(dst, v.AsValueMap())
	case ty.IsTupleType() || ty.IsListType() || ty.IsSetType():
		return appendCtyList(dst, v.AsValueSlice())
	}
	return dst, jsonscan.Missing, errFailed
}

func appendCtyObject(dst []byte, members map[string]cty.Value) (out []byte, k jsonscan.Kind, err error) {
	out = append(dst, '{')
	for i, name := range slices.Sorted(maps.Keys(members)) {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(jsonscan.AppendQuoted(out, []byte(name)), ':')
		if out, err = appendCtyElement(out, members[name]); err != nil {
			return dst, jsonscan.Missing, err
		}
	}
	return append(out, '}'), jsonscan.Object, nil
}

func appendCtyList(dst []byte, elements []cty.Value) (out []byte, k jsonscan.Kind, err error) {
	out = append(dst, '[')
	for i, e := range elements {
		if i > 0 {
			out = append(out, ',')
		}
		if out, err = appendCtyElement(out, e); err != nil {
			return dst, jsonscan.Missing, err
		}
	}
	return append(out, ']'), jsonscan.Array, nil
}

func appendCtyElement(dst []byte, v cty.Value) ([]byte, error) {
	if v.IsNull() {
		return append(dst, "null"...), nil
	}
	out, _, err := appendCtyJSON(dst, v)
	return out, err
}
