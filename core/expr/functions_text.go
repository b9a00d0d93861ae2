package expr

import (
	"crypto/md5" //nolint:gosec // a function of the language, not a protection
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
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
	maxWidth = 9999
	maxVerbs = 500
)

// widePattern finds a verb with a width or precision of five digits or more.
var widePattern = regexp.MustCompile(`%[-+ #0]*([0-9]*\.)?[0-9]{5,}`)

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
	re, err := compilePattern(pattern)
	if err != nil {
		return false, patternError(err)
	}
	return re.MatchString(s), nil
}

// patternError says that a pattern can't be read without a word of it: it may be a record's.
func patternError(err error) error {
	if errors.Is(err, errPatternTooLong) {
		return err
	}
	return errors.New("the pattern can't be read")
}

func cidrContains(network, address string) (bool, error) {
	outer, err := parseNetwork(network)
	if err != nil {
		return false, err
	}
	return inNetwork(outer, address)
}

// parseNetwork reads a network such as 10.0.0.0/8.
func parseNetwork(s string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return p, errors.New("it is no network such as 10.0.0.0/8")
	}
	return p.Masked(), nil
}

// inNetwork reports whether a network holds an address or another network.
func inNetwork(outer netip.Prefix, address string) (bool, error) {
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
			rep, err := newReplacer(args[1].AsString(), args[2].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgError(1, patternError(err))
			}
			out, err := rep.append(nil, []byte(args[0].AsString()))
			if err != nil {
				return cty.NilVal, err
			}
			return cty.StringVal(string(out)), nil
		},
	})
}

// joinFunc is join with a bound on the text that it makes.
func joinFunc() function.Function {
	f := stdlib.JoinFunc
	return function.New(&function.Spec{
		Params:   f.Params(),
		VarParam: f.VarParam(),
		Type:     function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			elements := 0
			for _, l := range args[1:] {
				elements += l.LengthInt()
			}
			if elements > 1 && len(args[0].AsString()) > maxText/elements {
				return cty.NilVal, errTextTooLong
			}
			return f.Call(args)
		},
	})
}

// formatFunc is format with bounds on what a short specification can blow up to.
func formatFunc() function.Function {
	f := stdlib.FormatFunc
	return function.New(&function.Spec{
		Params:   f.Params(),
		VarParam: f.VarParam(),
		Type:     func(args []cty.Value) (cty.Type, error) { return f.ReturnTypeForValues(args) },
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			spec := args[0].AsString()
			verbs, longest := strings.Count(spec, "%"), maxWidth
			for _, a := range args[1:] {
				if a.Type() == cty.String && a.IsKnown() && !a.IsNull() {
					longest = max(longest, len(a.AsString()))
				}
			}
			switch {
			case verbs > maxVerbs:
				return cty.NilVal, function.NewArgErrorf(0, "a format has at most %d verbs", maxVerbs)
			case widePattern.MatchString(spec):
				return cty.NilVal, function.NewArgErrorf(0, "widths go up to %d", maxWidth)
			case verbs*longest > maxText:
				return cty.NilVal, errTextTooLong
			}
			return f.Call(args)
		},
	})
}
