package expr

import (
	"errors"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// Functions returns the functions whose result depends on their arguments alone, by name, as hcl's evaluator calls
// them. A null argument gives null, or false from a function that says something about texts. now, env, file,
// credential and sensitive are not among them. The map is the caller's.
func Functions() map[string]function.Function {
	fs := map[string]function.Function{
		"lower":        stdlib.LowerFunc,
		"upper":        stdlib.UpperFunc,
		"trim":         stdlib.TrimFunc,
		"trimprefix":   stdlib.TrimPrefixFunc,
		"trimsuffix":   stdlib.TrimSuffixFunc,
		"trimspace":    stdlib.TrimSpaceFunc,
		"replace":      replaceFunc(),
		"split":        splitFunc(),
		"join":         joinFunc(),
		"substr":       stdlib.SubstrFunc,
		"format":       formatFunc(),
		"formatdate":   stdlib.FormatDateFunc,
		"timeadd":      stdlib.TimeAddFunc,
		"jsondecode":   jsonDecodeFunc(),
		"regex":        regexFunc(),
		"regexall":     regexAllFunc(),
		"abs":          stdlib.AbsoluteFunc,
		"min":          stdlib.MinFunc,
		"max":          stdlib.MaxFunc,
		"ceil":         stdlib.CeilFunc,
		"floor":        stdlib.FloorFunc,
		"parseint":     parseIntFunc(),
		"length":       lengthFunc(),
		"keys":         stdlib.KeysFunc,
		"values":       stdlib.ValuesFunc,
		"flatten":      stdlib.FlattenFunc,
		"concat":       stdlib.ConcatFunc,
		"sha256":       textFunc(sha256Hex),
		"md5":          textFunc(md5Hex),
		"base64encode": textFunc(base64Encode),
		"base64decode": textFunc(base64Decode),
		"parsetime":    parseTimeFunc(),
		"unixtime":     unixTimeFunc(),
		"tostring":     stdlib.MakeToFunc(cty.String),
		"tonumber":     toNumberFunc(),
		"tobool":       stdlib.MakeToFunc(cty.Bool),
	}
	// What these say themselves quotes their arguments, which may be a record's: it is logged, and stands beside dead letters.
	says := map[string]string{
		"parseint":   "it is no whole number of that base",
		"tobool":     `it is neither "true" nor "false"`,
		"formatdate": "it is not a time in RFC 3339, such as 2026-11-23T07:00:00Z, or no format of one",
		"timeadd":    `it takes a time in RFC 3339, such as 2026-11-23T07:00:00Z, and a duration such as "1h30m"`,
		"regex":      "the pattern can't be read, or matches no part of the text",
		"regexall":   "the pattern can't be read",
	}
	for name, f := range fs {
		fs[name] = nullForNull(f, says[name])
	}
	maps.Copy(fs, map[string]function.Function{
		"contains":     containsFunc(),
		"merge":        stdlib.MergeFunc,
		"lookup":       lookupFunc(),
		"coalesce":     coalesceFunc(),
		"jsonencode":   stdlib.JSONEncodeFunc,
		"try":          tryfunc.TryFunc,
		"can":          tryfunc.CanFunc,
		"startswith":   predicateFunc("text", "prefix", hasPrefix),
		"endswith":     predicateFunc("text", "suffix", hasSuffix),
		"strcontains":  predicateFunc("text", "part", containsText),
		"matches":      predicateFunc("pattern", "text", matchesPattern),
		"cidrcontains": predicateFunc("network", "address", cidrContains),
	})
	return fs
}

// evaluatorFunctions returns the functions that rewritten expressions call: those of the language, and those that people
// can't name.
func evaluatorFunctions(language map[string]function.Function) map[string]function.Function {
	fs := maps.Clone(language)
	fs[atFunction] = atFunc()
	fs[failFunction] = failFunc()
	return fs
}

// nullForNull makes a function answer null with null, and bounds the numbers that it takes. says, unless empty, is said in
// place of what it says is wrong.
func nullForNull(f function.Function, says string) function.Function {
	quiet := func(err error) error {
		var of function.ArgError
		switch {
		case err == nil || says == "":
			return err
		case errors.As(err, &of):
			return function.NewArgErrorf(of.Index, "%s", says)
		default:
			return errors.New(says)
		}
	}
	number := func(args []cty.Value) ([]cty.Value, error) {
		out := args
		for i, a := range args {
			p := f.VarParam()
			if i < len(f.Params()) {
				p = &f.Params()[i]
			}
			if p == nil || p.Type != cty.Number || !a.IsKnown() || a.IsNull() {
				continue
			}
			n, err := numberOf(a)
			if err != nil {
				return nil, function.NewArgError(i, err)
			}
			if &out[0] == &args[0] {
				out = slices.Clone(args)
			}
			out[i] = n
		}
		return out, nil
	}
	spec := &function.Spec{
		Params: slices.Clone(f.Params()),
		Type: func(args []cty.Value) (cty.Type, error) {
			if slices.ContainsFunc(args, cty.Value.IsNull) {
				return cty.DynamicPseudoType, nil
			}
			args, err := number(args)
			if err != nil {
				return cty.NilType, err
			}
			ty, err := f.ReturnTypeForValues(args)
			return ty, quiet(err)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if slices.ContainsFunc(args, cty.Value.IsNull) {
				return cty.NullVal(cty.DynamicPseudoType), nil
			}
			args, err := number(args)
			if err != nil {
				return cty.NilVal, err
			}
			v, err := f.Call(args)
			return v, quiet(err)
		},
	}
	loosen := func(p *function.Parameter) {
		p.AllowNull, p.AllowDynamicType = true, true
		if p.Type == cty.Number {
			p.Type = cty.DynamicPseudoType
		}
	}
	for i := range spec.Params {
		loosen(&spec.Params[i])
	}
	if v := f.VarParam(); v != nil {
		p := *v
		loosen(&p)
		spec.VarParam = &p
	}
	return function.New(spec)
}

// toNumberFunc is tonumber with bounded numbers.
func toNumberFunc() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType}},
		Type:   function.StaticReturnType(cty.Number),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			n, err := numberOf(args[0])
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			return n, nil
		},
	})
}

// coalesceFunc is coalesce that gives null when all arguments are null.
func coalesceFunc() function.Function {
	f := stdlib.CoalesceFunc
	allNull := func(args []cty.Value) bool {
		return !slices.ContainsFunc(args, func(v cty.Value) bool { return !v.IsNull() })
	}
	return function.New(&function.Spec{
		VarParam: f.VarParam(),
		Type: func(args []cty.Value) (cty.Type, error) {
			if allNull(args) {
				return cty.DynamicPseudoType, nil
			}
			return f.ReturnTypeForValues(args)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if allNull(args) {
				return cty.NullVal(cty.DynamicPseudoType), nil
			}
			return f.Call(args)
		},
	})
}

// containsFunc is contains that finds null too, and nothing in a list that is null.
func containsFunc() function.Function {
	param := function.Parameter{Type: cty.DynamicPseudoType, AllowNull: true, AllowDynamicType: true}
	list, value := param, param
	list.Name, value.Name = "list", "value"
	return function.New(&function.Spec{
		Params: []function.Parameter{list, value},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			ty := args[0].Type()
			switch {
			case args[0].IsNull():
				return cty.False, nil
			case !ty.IsListType() && !ty.IsTupleType() && !ty.IsSetType():
				return cty.NilVal, function.NewArgErrorf(0, "it must be a list; whether a text holds another one is said by strcontains")
			}
			for it := args[0].ElementIterator(); it.Next(); {
				if _, e := it.Element(); e.Equals(args[1]).IsKnown() && e.Equals(args[1]).True() {
					return cty.True, nil
				}
			}
			return cty.False, nil
		},
	})
}

// atFunc is at(value, key): a member of an object or an element of a list, null when there is none.
func atFunc() function.Function {
	at := func(args []cty.Value) cty.Value {
		v, key := args[0], args[1]
		null := cty.NullVal(cty.DynamicPseudoType)
		if v.IsNull() || key.IsNull() {
			return null
		}
		switch ty := v.Type(); {
		case ty.IsObjectType() || ty.IsMapType():
			name, err := convert.Convert(key, cty.String)
			switch {
			case err != nil:
			case ty.IsObjectType() && ty.HasAttribute(name.AsString()):
				return v.GetAttr(name.AsString())
			case ty.IsMapType() && v.HasIndex(name).True():
				return v.Index(name)
			}
		case ty.IsTupleType() || ty.IsListType():
			if n, err := numberOf(key); err == nil && v.HasIndex(n).True() {
				return v.Index(n)
			}
		}
		return null
	}
	return function.New(&function.Spec{
		Params: []function.Parameter{
			{Name: "value", Type: cty.DynamicPseudoType, AllowNull: true, AllowDynamicType: true},
			{Name: "key", Type: cty.DynamicPseudoType, AllowNull: true, AllowDynamicType: true},
		},
		Type: func(args []cty.Value) (cty.Type, error) {
			if !args[0].IsWhollyKnown() || !args[1].IsKnown() {
				return cty.DynamicPseudoType, nil
			}
			return at(args).Type(), nil
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return at(args), nil },
	})
}

// failFunc is fail(text), an error.
func failFunc() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "text", Type: cty.String}},
		Type:   function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.NilVal, errors.New(args[0].AsString())
		},
	})
}

// lookupFunc is lookup with an answer for null: of a null object or key it is the default, which may be null.
func lookupFunc() function.Function {
	f := stdlib.LookupFunc
	params := slices.Clone(f.Params())
	for i := range params {
		params[i].AllowNull, params[i].AllowDynamicType = true, true
	}
	missing := func(args []cty.Value) bool { return args[0].IsNull() || args[1].IsNull() }
	return function.New(&function.Spec{
		Params: params,
		Type: func(args []cty.Value) (cty.Type, error) {
			if missing(args) || args[2].IsNull() {
				return cty.DynamicPseudoType, nil
			}
			return f.ReturnTypeForValues(args)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if missing(args) {
				return args[2], nil
			}
			if !args[2].IsNull() {
				return f.Call(args)
			}
			key, ty := args[1].AsString(), args[0].Type()
			switch {
			case ty.IsObjectType() && ty.HasAttribute(key):
				return args[0].GetAttr(key), nil
			case ty.IsMapType() && args[0].HasIndex(args[1]).True():
				return args[0].Index(args[1]), nil
			case !ty.IsObjectType() && !ty.IsMapType():
				return cty.NilVal, function.NewArgErrorf(0, "it must be an object")
			}
			return args[2], nil
		},
	})
}
