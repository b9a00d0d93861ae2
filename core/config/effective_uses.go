package config

import (
	"fmt"
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Use is something outside an expression that its value was computed of.
type Use struct {
	// Name is how expressions name it: "var.token", "local.common", `env("TOKEN")`.
	Name string `json:"name"`
	// Origin says where a variable's value comes from; empty for what is no variable, or has no value here.
	Origin UseOrigin `json:"origin,omitempty"`
	// Place is where a local value or a variable's value is written, when that is in a file.
	Place
}

// UseOrigin says where a variable's value comes from.
type UseOrigin string

// Origins of a variable's value, the last one wins.
const (
	OriginDefault     UseOrigin = "default"
	OriginFile        UseOrigin = "file" // *.vars.hcl or --var-file
	OriginEnvironment UseOrigin = "environment"
	OriginCommandLine UseOrigin = "command_line"
)

func useAt(o UseOrigin, at hcl.Range) Use { return Use{Origin: o, Place: placeOf(at)} }

// uses returns what an expression uses, each once, a local value before what it uses itself. A nil expression uses
// nothing.
func (l *loader) uses(expr hclsyntax.Expression) []Use {
	var out []Use
	seen := map[string]bool{}
	add := func(u Use) bool {
		if seen[u.Name] {
			return false
		}
		seen[u.Name] = true
		out = append(out, u)
		return true
	}
	var look func(hclsyntax.Expression)
	look = func(expr hclsyntax.Expression) {
		for _, t := range expr.Variables() {
			if v := l.variableNamed(t); v != nil {
				u := v.from
				u.Name = "var." + v.name
				if add(u) && u.Origin == OriginDefault {
					look(v.fallbackExpr)
				}
			}
			if v := l.localNamed(t); v != nil {
				if add(Use{Name: "local." + v.name, Place: placeOf(v.attr.Range())}) {
					look(v.attr.Expr)
				}
			}
		}
		visit(expr, func(n hclsyntax.Node) {
			if x, ok := n.(*hclsyntax.FunctionCallExpr); ok && readsSecret(x.Name) && len(x.Args) > 0 {
				argument := "…"
				if name, ok := literalKey(x.Args[0]); ok {
					argument = strconv.Quote(name)
				}
				add(Use{Name: fmt.Sprintf("%s(%s)", x.Name, argument)})
			}
		})
	}
	if expr != nil {
		look(expr)
	}
	return out
}

// variableNamed is the variable that a reference names; nil: none.
func (l *loader) variableNamed(t hcl.Traversal) *variable {
	if t.RootName() != "var" || len(t) < 2 {
		return nil
	}
	attr, ok := t[1].(hcl.TraverseAttr)
	if !ok {
		return nil
	}
	return l.vars[attr.Name]
}
