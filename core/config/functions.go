package config

import (
	"maps"
	"slices"

	"github.com/zclconf/go-cty/cty/function"

	"github.com/skidway/skidway/core/expr"
)

// recordFunctions are functions of the language that only make sense for a record.
func recordFunctions() []string { return []string{"now"} }

// functionNames are the names of all functions of the load phase, sorted.
func (l *loader) functionNames() []string {
	if l.functions == nil {
		l.functions = slices.Sorted(maps.Keys(l.functionsIn(".")))
	}
	return l.functions
}

// functionsIn returns the functions as expressions in files of a folder see them.
func (l *loader) functionsIn(dir string) map[string]function.Function {
	fs := expr.Functions()
	fs["env"] = l.envFunc()
	fs["sensitive"] = l.sensitiveFunc()
	fs["file"] = l.fileFunc(dir)
	fs["credential"] = l.credentialFunc()
	return fs
}
