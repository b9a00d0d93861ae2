package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// unreadError says that a secret can't be read.
type unreadError struct {
	function string // env, file, credential
	name     string // its argument
	reason   string // of a file; empty otherwise
}

// Error is for programs; people get sentence and hint.
func (e unreadError) Error() string { return e.sentence() }

func (e unreadError) sentence() string {
	switch e.function {
	case "env":
		return fmt.Sprintf("The environment variable %s is not set", quoteShort(e.name))
	case "credential":
		return fmt.Sprintf("The credential %s can't be read: %s", quoteShort(e.name), e.reason)
	default:
		return fmt.Sprintf("The file %s can't be read: %s", quoteShort(e.name), e.reason)
	}
}

func (e unreadError) hint() string {
	switch e.function {
	case "env":
		return fmt.Sprintf("Set it, or give a default: env(%s, \"\").", strconv.Quote(e.name))
	case "credential":
		return "Give it to the service with LoadCredential= or SetCredential=."
	}
	if e.reason == noSuchFile {
		return "Put it there, or change the path; a relative one is relative to the folder of this file."
	}
	return "Make it readable for the user that runs the router."
}

// visit calls f with a node and every node in it.
func visit(node hclsyntax.Node, f func(hclsyntax.Node)) {
	_ = hclsyntax.VisitAll(node, func(n hclsyntax.Node) hcl.Diagnostics {
		f(n)
		return nil
	})
}

// callRange is where a secret is asked for in an expression.
func callRange(expr hclsyntax.Expression, u unreadError) hcl.Range {
	at := expr.Range()
	found := false
	visit(expr, func(n hclsyntax.Node) {
		x, ok := n.(*hclsyntax.FunctionCallExpr)
		if !ok || x.Name != u.function || found || len(x.Args) == 0 {
			return
		}
		if name, ok := literalKey(x.Args[0]); !ok || name == u.name {
			at, found = x.Range(), ok
		}
	})
	return at
}

// readsSecret says whether a function's result is a secret.
func readsSecret(function string) bool {
	return function == "env" || function == "file" || function == "credential"
}

// usesSecrets says whether a part of the expression is sensitive.
func (l *loader) usesSecrets(expr hclsyntax.Expression) bool {
	found := false
	visit(expr, func(n hclsyntax.Node) {
		if x, ok := n.(*hclsyntax.FunctionCallExpr); ok && (readsSecret(x.Name) || x.Name == "sensitive") {
			found = true
		}
	})
	for _, t := range expr.Variables() {
		if found || len(t) < 2 {
			continue
		}
		attr, ok := t[1].(hcl.TraverseAttr)
		if !ok {
			continue
		}
		scope, ok := l.scope[t.RootName()]
		if ok && scope.Type().IsObjectType() && scope.Type().HasAttribute(attr.Name) {
			found = scope.GetAttr(attr.Name).ContainsMarked()
		}
	}
	return found
}

// usesUnknown says whether an expression names a value that is not known to this load.
func (l *loader) usesUnknown(expr hclsyntax.Expression) bool {
	for _, t := range expr.Variables() {
		scope, ok := l.scope[t.RootName()]
		if !ok || len(t) < 2 || !scope.Type().IsObjectType() {
			continue
		}
		if attr, ok := t[1].(hcl.TraverseAttr); ok && scope.Type().HasAttribute(attr.Name) {
			if v, _ := scope.GetAttr(attr.Name).UnmarkDeep(); !v.IsWhollyKnown() {
				return true
			}
		}
	}
	return false
}

// rememberSecrets lists the texts of the sensitive parts of a value; all says that the whole value is sensitive. Keys
// are not among them: the names of headers occur everywhere.
func (l *loader) rememberSecrets(v cty.Value, all bool) {
	all = all || v.IsMarked()
	v, _ = v.Unmark()
	if !v.IsKnown() || v.IsNull() {
		return
	}
	switch ty := v.Type(); {
	case ty == cty.String:
		if all {
			l.addSecret(v.AsString())
		}
	case ty == cty.Number:
		if f := v.AsBigFloat(); all && f.MantExp(nil) <= 1024 {
			l.addSecret(f.Text('f', -1))
		}
	case v.CanIterateElements():
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			l.rememberSecrets(e, all)
		}
	}
}

func (l *loader) addSecret(s string) {
	if s != "" {
		l.secrets[s] = struct{}{}
	}
}

// sortedSecrets returns all secrets, longest first, so that one that holds another is replaced whole.
func (l *loader) sortedSecrets() []string {
	return slices.SortedFunc(maps.Keys(l.secrets), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
}
