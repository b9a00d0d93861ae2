package expr

import (
	"fmt"
	"testing"

	"github.com/zclconf/go-cty/cty"
	"pgregory.net/rapid"
)

// numberText makes texts of numbers that are exact here, and some that are not.
func numberText() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		digits := rapid.SampledFrom([]int64{9, 99, 12345, 999_999_999, 999_999_999_999_999_999, 1<<63 - 1}).Draw(t, "size")
		m := rapid.Int64Range(-digits, digits).Draw(t, "m")
		switch rapid.IntRange(0, 3).Draw(t, "form") {
		case 0:
			return fmt.Sprint(m)
		case 1:
			return fmt.Sprintf("%de%d", m, rapid.IntRange(-45, 45).Draw(t, "e"))
		case 2:
			return rapid.SampledFrom([]string{
				"-0", "0", "0.0", "-0.00", "0e5", "-0.5", "0.5", "1e400", "-1e-400", "100000000000000000000", "1e1000",
				"-9223372036854775807", "9223372036854775807", "9223372036854775808", "92233720368547758070", "0.0001000", "120e-1", "7.25", "-7.25",
			}).Draw(t, "special")
		}
		return fmt.Sprintf("%d.%0*d", m, rapid.IntRange(1, 6).Draw(t, "width"), rapid.IntRange(0, 9).Draw(t, "fraction"))
	})
}

// TestNumbersAreThoseOfHCL compares the exact decimals with the 512 bits of the reference: order, text and operators.
func TestNumbersAreThoseOfHCL(t *testing.T) {
	t.Parallel()
	exact := 0
	rapid.Check(t, func(t *rapid.T) {
		at, bt := numberText().Draw(t, "a"), numberText().Draw(t, "b")
		a, ok := parseNumber(at)
		if !ok {
			return
		}
		av := cty.MustParseNumberVal(at)
		if got, want := string(a.append(nil)), av.AsBigFloat().Text('f', -1); got != want {
			t.Fatalf("%s is %s, want %s", at, got, want)
		}
		b, ok := parseNumber(bt)
		if !ok {
			return
		}
		bv := cty.MustParseNumberVal(bt)
		if got, want := a.compare(b), av.AsBigFloat().Cmp(bv.AsBigFloat()); got != want {
			t.Fatalf("%s and %s: %d, want %d", at, bt, got, want)
		}
		for o, f := range map[operator]func(cty.Value) cty.Value{opAdd: av.Add, opSubtract: av.Subtract, opMultiply: av.Multiply, opDivide: av.Divide, opModulo: av.Modulo} {
			if (o == opDivide || o == opModulo) && b.m == 0 {
				continue
			}
			n, ok := compute(o, a, b)
			if !ok {
				continue
			}
			exact++
			want := f(bv).AsBigFloat()
			if got := string(n.append(nil)); got != want.Text('f', -1) {
				t.Fatalf("operator %d of %s and %s: %s, want %s", o, at, bt, got, want.Text('f', -1))
			}
			if got := cty.MustParseNumberVal(string(n.append(nil))).AsBigFloat(); got.Cmp(want) != 0 {
				t.Fatalf("operator %d of %s and %s: not the same 512 bits", o, at, bt)
			}
		}
		for name, up := range map[string]bool{"ceil": true, "floor": false} {
			want, err := Functions()[name].Call([]cty.Value{av})
			if err != nil {
				t.Fatal(err)
			}
			if n := a.round(up); a.e < 0 && string(n.append(nil)) != want.AsBigFloat().Text('f', -1) {
				t.Fatalf("%s of %s is %v, want %s", name, at, n, want.AsBigFloat().Text('f', -1))
			}
		}
	})
	if exact == 0 {
		t.Error("nothing was computed")
	}
}

func TestTextsThatAreNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]numberShape{
		"503": plainNumber, "-5": plainNumber, "+5": plainNumber, ".5": plainNumber, "5.": plainNumber, "1e5": plainNumber, "1E-5": plainNumber,
		"007": plainNumber, "1e1000": plainNumber, "1e1001": hugeNumber, "1e99999999999999999999": hugeNumber, "-1e-99999": hugeNumber,
		"": notNumber, ".": notNumber, "-": notNumber, "e5": notNumber, "1e": notNumber, "1e+": notNumber, "0x10": notNumber, "Inf": notNumber,
		"1_000": notNumber, " 5": notNumber, "5 ": notNumber, "1.2.3": notNumber, "1e5.5": notNumber, "12a": notNumber, "٣": notNumber,
	} {
		if got := shapeOf(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
