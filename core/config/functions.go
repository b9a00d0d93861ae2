package config

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// recordFunctions are functions of the language that only make sense for a record.
func recordFunctions() []string { return []string{"now", "parsetime", "unixtime"} }

// pureFunctions are the functions whose result depends on their arguments alone.
func pureFunctions() map[string]function.Function {
	fs := map[string]function.Function{
		"lower":        stdlib.LowerFunc,
		"upper":        stdlib.UpperFunc,
		"trim":         stdlib.TrimFunc,
		"trimprefix":   stdlib.TrimPrefixFunc,
		"trimsuffix":   stdlib.TrimSuffixFunc,
		"trimspace":    stdlib.TrimSpaceFunc,
		"replace":      replaceFunc(),
		"split":        stdlib.SplitFunc,
		"join":         stdlib.JoinFunc,
		"substr":       stdlib.SubstrFunc,
		"format":       formatFunc(),
		"formatdate":   stdlib.FormatDateFunc,
		"timeadd":      stdlib.TimeAddFunc,
		"jsondecode":   jsonDecodeFunc(),
		"regex":        stdlib.RegexFunc,
		"regexall":     stdlib.RegexAllFunc,
		"abs":          stdlib.AbsoluteFunc,
		"min":          stdlib.MinFunc,
		"max":          stdlib.MaxFunc,
		"ceil":         stdlib.CeilFunc,
		"floor":        stdlib.FloorFunc,
		"parseint":     stdlib.ParseIntFunc,
		"length":       lengthFunc(),
		"keys":         stdlib.KeysFunc,
		"values":       stdlib.ValuesFunc,
		"flatten":      stdlib.FlattenFunc,
		"concat":       stdlib.ConcatFunc,
		"sha256":       textFunc(sha256Hex),
		"md5":          textFunc(md5Hex),
		"base64encode": textFunc(base64Encode),
		"base64decode": textFunc(base64Decode),
	}
	for name, f := range fs {
		fs[name] = nullForNull(f)
	}
	maps.Copy(fs, map[string]function.Function{
		"contains":     stdlib.ContainsFunc,
		"merge":        stdlib.MergeFunc,
		"lookup":       stdlib.LookupFunc,
		"coalesce":     stdlib.CoalesceFunc,
		"jsonencode":   stdlib.JSONEncodeFunc,
		"try":          tryfunc.TryFunc,
		"can":          tryfunc.CanFunc,
		"tostring":     stdlib.MakeToFunc(cty.String),
		"tonumber":     stdlib.MakeToFunc(cty.Number),
		"tobool":       stdlib.MakeToFunc(cty.Bool),
		"startswith":   predicateFunc("text", "prefix", hasPrefix),
		"endswith":     predicateFunc("text", "suffix", hasSuffix),
		"strcontains":  predicateFunc("text", "part", containsText),
		"matches":      predicateFunc("pattern", "text", matchesPattern),
		"cidrcontains": predicateFunc("network", "address", cidrContains),
	})
	return fs
}

// functionNames are the names of all functions of the load phase, sorted.
func (l *loader) functionNames() []string {
	if l.functions == nil {
		l.functions = slices.Sorted(maps.Keys(l.functionsIn(".")))
	}
	return l.functions
}

// functionsIn returns the functions as expressions in files of a folder see them.
func (l *loader) functionsIn(dir string) map[string]function.Function {
	fs := pureFunctions()
	fs["env"] = l.envFunc()
	fs["sensitive"] = l.sensitiveFunc()
	fs["file"] = l.fileFunc(dir)
	fs["credential"] = l.credentialFunc()
	return fs
}

// nullForNull makes a function answer null with null.
func nullForNull(f function.Function) function.Function {
	spec := &function.Spec{
		Params: slices.Clone(f.Params()),
		Type: func(args []cty.Value) (cty.Type, error) {
			if slices.ContainsFunc(args, cty.Value.IsNull) {
				return cty.DynamicPseudoType, nil
			}
			return f.ReturnTypeForValues(args)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if slices.ContainsFunc(args, cty.Value.IsNull) {
				return cty.NullVal(cty.DynamicPseudoType), nil
			}
			return f.Call(args)
		},
	}
	for i := range spec.Params {
		spec.Params[i].AllowNull = true
	}
	if v := f.VarParam(); v != nil {
		p := *v
		p.AllowNull = true
		spec.VarParam = &p
	}
	return function.New(spec)
}
