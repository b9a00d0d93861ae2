package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// localValue is one attribute of a locals block.
type localValue struct {
	name  string
	attr  *hclsyntax.Attribute
	state localState
	value cty.Value
}

type localState uint8

const (
	localWaiting localState = iota
	localOpen               // being evaluated
	localDone
)

// loadLocals evaluates all locals, each after those it uses.
func (l *loader) loadLocals(blocks []*hclsyntax.Block) {
	for _, b := range blocks {
		for _, nested := range b.Body.Blocks {
			l.fail(nested.TypeRange, "A locals block holds no blocks.", "Write name = value; objects are values: name = { … }.")
		}
		for name, a := range b.Body.Attributes {
			if first := l.locals[name]; first != nil {
				l.fail(a.NameRange, fmt.Sprintf("local.%s is already there, at %s.", name, placeText(first.attr.NameRange)),
					"Take one of them out, or give it another name.")
				continue
			}
			l.locals[name] = &localValue{name: name, attr: a}
		}
	}
	names := slices.Sorted(maps.Keys(l.locals))
	for _, name := range names {
		l.evalLocal(l.locals[name], nil)
	}
	l.publishLocals(names)
}

// publishLocals makes these locals visible to expressions.
func (l *loader) publishLocals(names []string) {
	object := make(map[string]cty.Value, len(names))
	for _, name := range names {
		object[name] = cty.DynamicVal
		if v := l.locals[name]; v.state == localDone {
			object[name] = v.value
		}
	}
	l.scope["local"] = cty.ObjectVal(object)
}

// evalLocal evaluates a local after those it uses. path are those that wait for it.
func (l *loader) evalLocal(v *localValue, path []string) {
	path = append(path, "local."+v.name)
	switch v.state {
	case localDone:
		return
	case localOpen:
		circle := path[slices.Index(path, "local."+v.name):]
		l.fail(v.attr.Expr.Range(), "These locals use each other: "+strings.Join(circle, " → ")+".", "Take one of the references out.")
		v.state, v.value = localDone, cty.DynamicVal
		return
	case localWaiting:
	}
	v.state = localOpen
	var uses []string
	for _, t := range v.attr.Expr.Variables() {
		if used := l.localNamed(t); used != nil {
			l.evalLocal(used, path)
			uses = append(uses, used.name)
		}
	}
	if v.state == localDone { // in a circle
		return
	}
	l.publishLocals(uses)
	value, ok := l.eval(v.attr.Expr, place{name: v.name})
	if !ok {
		value = cty.DynamicVal
	}
	v.state, v.value = localDone, value
}

// localNamed is the local that a reference names; nil: none.
func (l *loader) localNamed(t hcl.Traversal) *localValue {
	if t.RootName() != "local" || len(t) < 2 {
		return nil
	}
	attr, ok := t[1].(hcl.TraverseAttr)
	if !ok {
		return nil
	}
	return l.locals[attr.Name]
}
