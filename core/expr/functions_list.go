package expr

import (
	"errors"
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/skidway/skidway/core/expr/jsonscan"
)

// maxElements bounds the lists that functions make of a text: an element takes a hundred times what a character does.
const maxElements = 100_000

var errTooManyElements = fmt.Errorf("the list would have more than %d elements", maxElements)

// lengthFunc counts the elements of a collection or the characters of a text.
func lengthFunc() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowDynamicType: true}},
		Type:   function.StaticReturnType(cty.Number),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if args[0].Type() == cty.String {
				return stdlib.Strlen(args[0])
			}
			if !args[0].CanIterateElements() {
				return cty.NilVal, function.NewArgErrorf(0, "it must be a text, a list, a map or an object")
			}
			return cty.NumberIntVal(int64(args[0].LengthInt())), nil
		},
	})
}

// splitFunc is split with a bound on the list that it makes.
func splitFunc() function.Function {
	f := stdlib.SplitFunc
	return function.New(&function.Spec{
		Params: f.Params(),
		Type:   function.StaticReturnType(cty.List(cty.String)),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if strings.Count(args[1].AsString(), args[0].AsString()) >= maxElements {
				return cty.NilVal, errTooManyElements
			}
			return f.Call(args)
		},
	})
}

// regexAllFunc is regexall with bounds on the pattern and the list that it makes.
func regexAllFunc() function.Function {
	f := stdlib.RegexAllFunc
	return function.New(&function.Spec{
		Params: f.Params(),
		Type:   boundedPatternType(f),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			re, err := compilePattern(args[0].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			if len(re.FindAllStringIndex(args[1].AsString(), maxElements+1)) > maxElements {
				return cty.NilVal, errTooManyElements
			}
			return f.Call(args)
		},
	})
}

// regexFunc is regex with a bound on the pattern.
func regexFunc() function.Function {
	f := stdlib.RegexFunc
	return function.New(&function.Spec{
		Params: f.Params(),
		Type:   boundedPatternType(f),
		Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return f.Call(args) },
	})
}

// boundedPatternType returns the type of a function whose first argument is a pattern.
func boundedPatternType(f function.Function) function.TypeFunc {
	return func(args []cty.Value) (cty.Type, error) {
		if args[0].IsKnown() && len(args[0].AsString()) > maxPattern {
			return cty.NilType, function.NewArgError(0, errPatternTooLong)
		}
		return f.ReturnTypeForValues(args)
	}
}

// parseIntFunc is parseint with a bound on the digits, whose number grows faster than they do.
func parseIntFunc() function.Function {
	f := stdlib.ParseIntFunc
	return function.New(&function.Spec{
		Params: f.Params(),
		Type:   func(args []cty.Value) (cty.Type, error) { return f.ReturnTypeForValues(args) },
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if args[0].Type() == cty.String && len(args[0].AsString()) > maxDigits {
				return cty.NilVal, function.NewArgError(0, errOutOfRange)
			}
			return f.Call(args)
		},
	})
}

// jsonDecodeFunc is jsondecode with the bounds that records have: on nesting and on the digits of numbers.
func jsonDecodeFunc() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "text", Type: cty.String}},
		Type: func(args []cty.Value) (cty.Type, error) {
			if !args[0].IsKnown() {
				return cty.DynamicPseudoType, nil
			}
			v, err := decodeJSON(args[0].AsString())
			if err != nil {
				return cty.NilType, function.NewArgError(0, err)
			}
			return v.Type(), nil
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return decodeJSON(args[0].AsString()) },
	})
}

// decodeJSON returns the value that a JSON text stands for.
func decodeJSON(text string) (cty.Value, error) {
	list := []byte("[" + text + "]")
	if !jsonscan.Valid(list[1:len(list)-1]) || !jsonscan.Valid(list) {
		return cty.NilVal, fmt.Errorf("it is not JSON, or it is nested more than %d deep", jsonscan.MaxDepth-1)
	}
	v := ctyOf(list, jsonscan.Value{Kind: jsonscan.Array, End: int32(len(list))}).Index(cty.NumberIntVal(0))
	if !v.IsWhollyKnown() {
		return cty.NilVal, errors.New("it holds a number that has too many digits")
	}
	return v, nil
}
