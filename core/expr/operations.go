package expr

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

// Bounds of numbers. A sender could otherwise write a number in a few bytes whose digits fill the memory.
const (
	maxDigits   = 1000          // of a number's text, and of its exponent's value
	maxExponent = 4 * maxDigits // of two
	precision   = 512           // bits of hcl's numbers
)

// Errors of operations.
var (
	errOrderNull   = errors.New("null has no order")
	errArithNull   = errors.New("null is no number")
	errNotNumber   = errors.New("a number is required")
	errOutOfRange  = fmt.Errorf("numbers have at most %d digits", maxDigits)
	errDivideZero  = errors.New("the divisor is zero")
	errInfinite    = errors.New("a number is infinite, as after a division by zero")
	errBoolNumber  = errors.New("a bool is no number")
	errTextTooLong = fmt.Errorf("the text would be longer than %d bytes", maxText)
)

// maxText bounds the texts that functions make.
const maxText = 8 << 20

// operator is what a rewritten operation does with numbers.
type operator uint8

const (
	opNone operator = iota
	opLess
	opLessEqual
	opGreater
	opGreaterEqual
	opAdd
	opSubtract
	opMultiply
	opDivide
	opModulo
	opNegate
)

func operatorOf(op *hclsyntax.Operation) operator {
	switch op {
	case hclsyntax.OpLessThan:
		return opLess
	case hclsyntax.OpLessThanOrEqual:
		return opLessEqual
	case hclsyntax.OpGreaterThan:
		return opGreater
	case hclsyntax.OpGreaterThanOrEqual:
		return opGreaterEqual
	case hclsyntax.OpAdd:
		return opAdd
	case hclsyntax.OpSubtract:
		return opSubtract
	case hclsyntax.OpMultiply:
		return opMultiply
	case hclsyntax.OpDivide:
		return opDivide
	case hclsyntax.OpModulo:
		return opModulo
	case hclsyntax.OpNegate:
		return opNegate
	}
	return opNone
}

// order reports whether an operator compares.
func (o operator) order() bool { return o >= opLess && o <= opGreaterEqual }

// operation returns the operation that records use in place of hcl's: the same, but with bounded numbers, and with an
// error for null that can be told from others.
func (u *Unit) operation(op *hclsyntax.Operation) *hclsyntax.Operation {
	o := operatorOf(op)
	if o == opNone {
		return op
	}
	if u.operations == nil {
		u.operations = map[operator]*hclsyntax.Operation{}
	}
	if made := u.operations[o]; made != nil {
		return made
	}
	made := &hclsyntax.Operation{Type: op.Type, Impl: numberFunction(o, op)}
	u.operations[o] = made
	return made
}

// operator returns what a rewritten operation does.
func (u *Unit) operator(op *hclsyntax.Operation) operator {
	for o, made := range u.operations {
		if made == op {
			return o
		}
	}
	return opNone
}

func numberFunction(o operator, op *hclsyntax.Operation) function.Function {
	params := make([]function.Parameter, len(op.Impl.Params()))
	for i, p := range op.Impl.Params() {
		params[i] = function.Parameter{
			Name: p.Name, Type: cty.DynamicPseudoType, AllowNull: true, AllowUnknown: true, AllowDynamicType: true,
		}
	}
	return function.New(&function.Spec{
		Params: params,
		Type:   function.StaticReturnType(op.Type),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			numbers, null, known := make([]cty.Value, len(args)), false, true
			for i, a := range args {
				n, err := numberOf(a)
				if err != nil {
					return cty.NilVal, err
				}
				numbers[i] = n
				null = null || n.IsNull()
				known = known && n.IsKnown()
			}
			switch {
			case null && o.order():
				return cty.NilVal, errOrderNull
			case null:
				return cty.NilVal, errArithNull
			case !known:
				return cty.UnknownVal(op.Type), nil
			case (o == opDivide || o == opModulo) && numbers[1].AsBigFloat().Sign() == 0:
				return cty.NilVal, errDivideZero
			}
			v, err := op.Impl.Call(numbers)
			if err == nil && op.Type == cty.Number {
				err = inRange(v.AsBigFloat())
			}
			return v, err
		},
	})
}

// inRange returns an error for a number that would have too many digits.
func inRange(f *big.Float) error {
	if f.IsInf() {
		return errInfinite
	}
	if exp := f.MantExp(nil); exp > maxExponent || exp < -maxExponent {
		return errOutOfRange
	}
	return nil
}

// numberOf returns a value as a number: numbers as they are, texts in decimal notation converted, null as null.
func numberOf(v cty.Value) (cty.Value, error) {
	switch {
	case v.IsNull():
		return cty.NullVal(cty.Number), nil
	case v.Type() == cty.Bool:
		return cty.NilVal, errBoolNumber
	case v.Type() == cty.String && v.IsKnown():
		s := v.AsString()
		switch shapeOf(s) {
		case notNumber:
			return cty.NilVal, errNotNumber
		case hugeNumber:
			return cty.NilVal, errOutOfRange
		case plainNumber:
		}
	}
	n, err := convert.Convert(v, cty.Number)
	if err != nil {
		return cty.NilVal, errNotNumber
	}
	if !n.IsKnown() {
		return n, nil
	}
	f := n.AsBigFloat()
	if err := inRange(f); err != nil {
		return cty.NilVal, err
	}
	// Functions give whole numbers with fewer bits, and a quotient has no more than what it is made of.
	return cty.NumberVal(new(big.Float).SetPrec(precision).Set(f)), nil
}
