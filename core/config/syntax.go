package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Syntax reports what is wrong with the syntax of a source, whatever the words mean. Files is for printing it.
func Syntax(name string, src []byte) (*Files, hcl.Diagnostics) {
	files := newFiles()
	files.add(name, src)
	if d := checkLimits(src, name); d != nil {
		return files, hcl.Diagnostics{d}
	}
	f, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	if diags.HasErrors() {
		if d := foreign(name, src); d != nil {
			return files, hcl.Diagnostics{d}
		}
	}
	if body, ok := f.Body.(*hclsyntax.Body); ok {
		files.maskSecretLiterals(body)
	}
	return files, diags
}
