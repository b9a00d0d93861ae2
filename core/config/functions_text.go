package config

import (
	"crypto/md5" //nolint:gosec // a function of the language, not a protection
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// Bounds on what a short expression can blow up to.
const (
	maxJSONDepth = 200
	maxWidth     = 9999
)

var (
	widthPattern  = regexp.MustCompile(`%[-+ #0]*[0-9]*\.?([0-9]{5,})`)
	padPattern    = regexp.MustCompile(`%[-+ #0]*([0-9]{5,})`)
	hugeExpNumber = regexp.MustCompile(`[0-9][eE]\+?[0-9]{4,}`)
)

// textFunc makes a function of one text.
func textFunc(f func(string) (string, error)) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "text", Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			s, err := f(args[0].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			return cty.StringVal(s), nil
		},
	})
}

// predicateFunc makes a function that says something about two texts; about null it is false.
func predicateFunc(first, second string, f func(a, b string) (bool, error)) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{
			{Name: first, Type: cty.String, AllowNull: true},
			{Name: second, Type: cty.String, AllowNull: true},
		},
		Type: function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if args[0].IsNull() || args[1].IsNull() {
				return cty.False, nil
			}
			ok, err := f(args[0].AsString(), args[1].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			return cty.BoolVal(ok), nil
		},
	})
}

func hasPrefix(s, prefix string) (bool, error)  { return strings.HasPrefix(s, prefix), nil }
func hasSuffix(s, suffix string) (bool, error)  { return strings.HasSuffix(s, suffix), nil }
func containsText(s, part string) (bool, error) { return strings.Contains(s, part), nil }

func matchesPattern(pattern, s string) (bool, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return false, fmt.Errorf("read pattern: %w", err)
	}
	return re.MatchString(s), nil
}

func cidrContains(network, address string) (bool, error) {
	outer, err := netip.ParsePrefix(network)
	if err != nil {
		return false, fmt.Errorf("read network: %w", err)
	}
	outer = outer.Masked()
	if a, err := netip.ParseAddr(address); err == nil {
		return outer.Contains(a.Unmap()), nil
	}
	inner, err := netip.ParsePrefix(address)
	if err != nil {
		return false, errors.New("the second argument is neither an address nor a network")
	}
	return inner.Bits() >= outer.Bits() && outer.Contains(inner.Addr()), nil
}

func sha256Hex(s string) (string, error) {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:]), nil
}

func md5Hex(s string) (string, error) {
	sum := md5.Sum([]byte(s)) //nolint:gosec // a function of the language, not a protection
	return hex.EncodeToString(sum[:]), nil
}

func base64Encode(s string) (string, error) { return base64.StdEncoding.EncodeToString([]byte(s)), nil }

func base64Decode(s string) (string, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return "", errors.New("it is not base64")
	}
	if !utf8.Valid(b) {
		return "", errors.New("what it decodes to is not UTF-8 text")
	}
	return string(b), nil
}

// replaceFunc is Terraform's replace: a search text in slashes is a regular expression.
func replaceFunc() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{
			{Name: "text", Type: cty.String},
			{Name: "search", Type: cty.String},
			{Name: "replacement", Type: cty.String},
		},
		Type: function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			search := args[1].AsString()
			if len(search) > 1 && search[0] == '/' && search[len(search)-1] == '/' {
				return stdlib.RegexReplace(args[0], cty.StringVal(search[1:len(search)-1]), args[2])
			}
			return stdlib.Replace(args[0], args[1], args[2])
		},
	})
}

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

// formatFunc is format with a bound on how much a verb may pad.
func formatFunc() function.Function {
	f := stdlib.FormatFunc
	return function.New(&function.Spec{
		Params:   f.Params(),
		VarParam: f.VarParam(),
		Type:     func(args []cty.Value) (cty.Type, error) { return f.ReturnTypeForValues(args) },
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			spec := args[0]
			if spec.IsKnown() && (padPattern.MatchString(spec.AsString()) || widthPattern.MatchString(spec.AsString())) {
				return cty.NilVal, function.NewArgErrorf(0, "widths go up to %d", maxWidth)
			}
			return f.Call(args)
		},
	})
}

// jsonDecodeFunc is jsondecode with bounds on nesting and on the size of numbers.
func jsonDecodeFunc() function.Function {
	check := func(s string) error {
		if hugeExpNumber.MatchString(s) {
			return errors.New("it holds a number that is too large")
		}
		depth := 0
		for i := range len(s) {
			switch s[i] {
			case '[', '{':
				if depth++; depth > maxJSONDepth {
					return fmt.Errorf("it is nested more than %d deep", maxJSONDepth)
				}
			case ']', '}':
				depth--
			}
		}
		return nil
	}
	f := stdlib.JSONDecodeFunc
	return function.New(&function.Spec{
		Params: f.Params(),
		Type: func(args []cty.Value) (cty.Type, error) {
			if args[0].IsKnown() {
				if err := check(args[0].AsString()); err != nil {
					return cty.NilType, function.NewArgError(0, err)
				}
			}
			return f.ReturnTypeForValues(args)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return f.Call(args) },
	})
}
