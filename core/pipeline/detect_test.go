package pipeline

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestDetectorsFind marks what is found with brackets.
func TestDetectorsFind(t *testing.T) {
	tests := []struct {
		d    Detector
		want string
	}{
		{Email, "[a@b.de]"},
		{Email, "to [first.last+tag@sub.example.com], [x_y@a-b.org]."},
		{Email, "user@localhost has no dot"},
		{Email, "@b.de a@ a@.de @"},
		{Email, "a@b@[c@d.de]"},
		{Email, "[jörg@bücher.de]"},
		{Card, "[4111111111111111]"},
		{Card, "x[4111 1111 1111 1111]y"},
		{Card, "[4111-1111-1111-1111]"},
		{Card, "card [378282246310005], cvv 123"},
		{Card, "pan [5555555555554444] 123"},
		{Card, "4111111111111112"},
		{Card, "1111111111111117 no issuer begins so"},
		{Card, "41111111111111110000 digits go on"},
		{Card, "12 34 [4111 1111 1111 1111] 99 [4242424242424242]"},
		{Card, "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"},
		{Card, "411111111111111"},
		{Card, "4111  1111  1111  1111 has two spaces"},
		{IBAN, "[DE89370400440532013000]"},
		{IBAN, "pay [DE89 3704 0044 0532 0130 00] now"},
		{IBAN, "[gb82west12345698765432]"},
		{IBAN, "DE89370400440532013001"},
		{IBAN, "XDE89370400440532013000"},
		{IBAN, "[NO9386011117947]."},
		{IPv4, "from [192.0.2.1]:514"},
		{IPv4, "[10.0.0.1].5060 as tcpdump writes"},
		{IPv4, "256.0.0.1 1.2.3 1234.1.1.1 v1.2."},
		{IPv4, "([8.8.8.8],[8.8.4.4])"},
		{JWT, "Bearer [eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln]!"},
		{JWT, "[eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.]"},
		{JWT, "eyJhbGciOiJIUzI1NiJ9 alone, eyJ.x"},
		{JWT, "eyJa [eyJa.eyJb.eyJc].d.eyJe"},
	}
	for _, tt := range tests {
		text := strings.NewReplacer("[", "", "]", "").Replace(tt.want)
		if got := marked(tt.d, text); got != tt.want {
			t.Errorf("%v in %q found %q, want %q", tt.d, text, got, tt.want)
		}
		if tt.want != text && !tt.d.may([]byte(text)) {
			t.Errorf("%v.may(%q) = false, want true", tt.d, text)
		}
	}
}

func marked(d Detector, text string) string {
	var b strings.Builder
	pos := 0
	for pos < len(text) {
		start, end, ok := d.next([]byte(text), pos)
		if !ok {
			break
		}
		b.WriteString(text[pos:start] + "[" + text[start:end] + "]")
		pos = end
	}
	return b.String() + text[pos:]
}

// TestCardIsFoundWhereverItStands looks through each way of writing a number, at each distance from the beginning.
func TestCardIsFoundWhereverItStands(t *testing.T) {
	for _, card := range []string{
		"4222222222222", "4111111111111111", "4111 1111 1111 1111", "4-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1", "6304000000000000000",
	} {
		for before := range 40 {
			for _, around := range []string{"x", "9 ", "é"} {
				text := strings.Repeat(around, before)
				if strings.HasPrefix(around, "9") {
					text = strings.Repeat("9 1 x ", before)
				}
				start, end, ok := nextCard([]byte(text+card+"/z"), 0)
				if !ok || start > len(text) || end != len(text+card) {
					t.Fatalf("nextCard(%q) = %d, %d, %v; want it up to %d", text+card, start, end, ok, len(text+card))
				}
			}
		}
	}
}

// TestIBANIsFoundWhereverItStands looks at each distance from the beginning.
func TestIBANIsFoundWhereverItStands(t *testing.T) {
	for _, account := range []string{"NO9386011117947", "DE89370400440532013000", "DE89 3704 0044 0532 0130 00"} {
		for before := range 12 {
			for _, around := range []string{"x1 ", "é", "12", "DE "} {
				text := strings.Repeat(around, before) + "/"
				start, end, ok := nextIBAN([]byte(text+account+"/z"), 0)
				if !ok || start != len(text) || end != len(text+account) {
					t.Fatalf("nextIBAN(%q) = %d, %d, %v; want it from %d to %d", text+account, start, end, ok, len(text), len(text+account))
				}
				if _, _, ok := nextIBAN([]byte(text+account), len(text)+1); ok {
					t.Fatalf("nextIBAN(%q) finds one after its beginning", text+account)
				}
			}
		}
	}
}

func TestLuhnAcceptsOneLastDigit(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		d := make([]byte, 13+rnd.IntN(7))
		for i := range d {
			d[i] = byte(rnd.IntN(10))
		}
		n := 0
		for last := range 10 {
			d[len(d)-1] = byte(last)
			if luhn(d) {
				n++
			}
		}
		if n != 1 {
			t.Fatalf("luhn accepts %d last digits after %v, want 1", n, d[:len(d)-1])
		}
	}
}

func TestDetectorNames(t *testing.T) {
	for _, name := range []string{"email", "card", "iban", "ipv4", "jwt"} {
		if d, ok := DetectorOf(name); !ok || d.String() != name {
			t.Errorf("DetectorOf(%q) = %v, %v", name, d, ok)
		}
	}
	if d, ok := DetectorOf("phone"); ok {
		t.Errorf("DetectorOf(phone) = %v, want none", d)
	}
}
