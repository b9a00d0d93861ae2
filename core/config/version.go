package config

import (
	"fmt"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// checkVersion looks at router.required_version before anything else is decoded, so that an old router says that it is
// old instead of calling new words mistakes. It returns false when the load ends here, with nothing else said.
func (l *loader) checkVersion(files []*file) bool {
	for _, f := range files {
		for _, b := range f.body.Blocks {
			if b.Type != "router" || b.Body == nil {
				continue
			}
			if a := b.Body.Attributes["required_version"]; a != nil && !l.versionFits(a) {
				return false
			}
		}
	}
	return true
}

func (l *loader) versionFits(a *hclsyntax.Attribute) bool {
	v, diags := a.Expr.Value(nil)
	if diags.HasErrors() || !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
		l.fail(a.Expr.Range(), `"required_version" must be a text in quotes without references.`, `Write it as ">= 0.1".`)
		return true
	}
	want, err := version.NewConstraint(v.AsString())
	if err != nil {
		l.fail(a.Expr.Range(), fmt.Sprintf(`"required_version" is not a version constraint, but %s.`, quoteShort(v.AsString())),
			`Write it as ">= 0.1" or "~> 1.2".`)
		return true
	}
	have, err := version.NewVersion(l.opts.Version)
	if err != nil || want.Check(have.Core()) {
		return true
	}
	l.diags = l.diags[:0]
	l.fail(a.Expr.Range(), fmt.Sprintf("This is skidway %s; the configuration requires %s.", have, v.AsString()),
		"Install a release that fits, or change required_version.")
	return false
}
