package pipeline

// Numbers of cards have 13 to 19 digits, with at most one space or hyphen between two.
const (
	leastCard = 13
	mostCard  = 19
)

// nextCard finds a run of digits that begins as the numbers of an issuer do, ends where no digit follows, and passes the
// Luhn check. Of several ends it takes the last.
//
// It looks at four bytes in ten only: a card's number is at least 13 bytes long, so that somewhere four of them lie there.
// A 256-byte line with a few numbers in it costs a third of what looking at every number does (BenchmarkRedactMiss).
func nextCard(b []byte, from int) (start, end int, ok bool) {
	for i := from; i+3 < len(b); i += leastCard - 3 {
		if !inNumber(b[i]) || !inNumber(b[i+1]) || !inNumber(b[i+2]) || !inNumber(b[i+3]) {
			continue
		}
		first := i
		if !isDigit(b[i]) {
			first++
		}
		if !isDigit(b[first]) {
			continue // two separators are in no number
		}
		at := runStart(b, first, from)
		// A run with fewer digits ends within so many bytes. Its end is looked for no further: a record may be one run that
		// is all cards, and each of them would look at the rest of it.
		last, digits := runEnd(b[:min(len(b), at+2*leastCard)], at)
		if digits >= leastCard {
			for ; at >= 0; at, last = nextNumber(b, at) {
				if end := card(b, at); end > 0 {
					return at, end, true
				}
			}
		}
		i = max(i, last-(leastCard-3)) // the run is done
	}
	return 0, 0, false
}

// inNumber reports whether a card's number is written with a byte.
func inNumber(c byte) bool { return isDigit(c) || isSeparator(c) }

// runEnd returns where the run of digits and single separators that begins at i ends, and how many digits it has.
func runEnd(b []byte, i int) (end, digits int) {
	for i < len(b) {
		switch {
		case isDigit(b[i]):
			digits++
			i++
		case i+1 < len(b) && isSeparator(b[i]) && isDigit(b[i+1]):
			i++
		default:
			return i, digits
		}
	}
	return i, digits
}

// runStart goes back over digits and single separators.
func runStart(b []byte, i, from int) int {
	for i > from {
		switch {
		case isDigit(b[i-1]):
			i--
		case i-1 > from && isSeparator(b[i-1]) && isDigit(b[i-2]):
			i -= 2
		default:
			return i
		}
	}
	return i
}

// nextNumber returns where the number that follows the one with digits at i begins in its run, -1 when none does, and
// where the one at i ends.
func nextNumber(b []byte, i int) (next, end int) {
	for i < len(b) && isDigit(b[i]) {
		i++
	}
	if i+1 < len(b) && isSeparator(b[i]) && isDigit(b[i+1]) {
		return i + 1, i
	}
	return -1, i
}

func isSeparator(c byte) bool { return c == ' ' || c == '-' }

// card returns where the longest card number that begins at b[i] ends, 0 when none does.
func card(b []byte, i int) (end int) {
	if i < len(b) && (b[i] < '2' || b[i] > '6') {
		return 0 // no issuer's
	}
	var digits [mostCard]byte
	n := 0
	for i < len(b) {
		c := b[i]
		if !isDigit(c) {
			if !isSeparator(c) || i+1 == len(b) || !isDigit(b[i+1]) {
				break
			}
			i++
			continue
		}
		if n == mostCard {
			break
		}
		digits[n] = c - '0'
		n++
		i++
		if n >= leastCard && (i == len(b) || !isDigit(b[i])) && isIssued(digits[:n]) && luhn(digits[:n]) {
			end = i
		}
	}
	return end
}

// isIssued reports whether card networks give numbers of so many digits that begin so.
func isIssued(d []byte) bool {
	n := len(d)
	switch d[0] {
	case 2:
		return n >= 16
	case 3:
		switch d[1] {
		case 4, 7:
			return n == 15
		case 5:
			return n >= 16
		case 0, 6, 8, 9:
			return n >= 14
		}
		return false
	case 4:
		return n == 13 || n == 16 || n == 19
	case 5:
		return n == 16 || d[1] == 0 || d[1] >= 6
	case 6:
		return true
	}
	return false
}

func luhn(d []byte) bool {
	sum := 0
	for i := range d {
		n := int(d[len(d)-1-i])
		if i%2 == 1 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}

// Account numbers have 15 to 34 letters and digits.
const (
	leastIBAN = 15
	mostIBAN  = 34
)

// nextIBAN finds two letters, two digits and what follows, in one word or in groups with single spaces between them, that
// passes the mod-97 check. Small letters count as capitals.
//
// It looks at every second byte only, for one of the two digits: the other stands before or after it.
func nextIBAN(b []byte, from int) (start, end int, ok bool) {
	for at := from + 3; at < len(b); at += 2 {
		if !isDigit(b[at]) {
			continue
		}
		i := at - 3
		switch c := b[at-1]; {
		case isLetter(c) && at+1 < len(b) && isDigit(b[at+1]):
			i++
		case !isDigit(c):
			continue
		}
		if !isLetter(b[i+1]) || !isLetter(b[i]) || i > 0 && (isLetter(b[i-1]) || isDigit(b[i-1])) {
			continue
		}
		if end := iban(b, i); end > 0 {
			return i, end, true
		}
	}
	return 0, 0, false
}

// iban returns where the longest account number that begins at b[i] ends, 0 when none does.
func iban(b []byte, i int) (end int) {
	var text [mostIBAN]byte
	n := 0
	for i < len(b) && n < mostIBAN {
		c := b[i]
		if c == ' ' && n%4 == 0 {
			i++
			if i == len(b) || b[i] == ' ' {
				break
			}
			continue
		}
		if !isDigit(c) && !isLetter(c) {
			break
		}
		if isLetter(c) {
			c &^= 0x20
		}
		text[n] = c
		n++
		i++
		if n >= leastIBAN && (i == len(b) || !isDigit(b[i]) && !isLetter(b[i])) && mod97(text[:n]) {
			end = i
		}
	}
	return end
}

// mod97 reports whether the number that the text is, its first four characters moved to the end and letters as 10 to 35,
// leaves 1 when divided by 97.
func mod97(text []byte) bool {
	rest := 0
	for i := range text {
		c := text[(i+4)%len(text)]
		if isDigit(c) {
			rest = (rest*10 + int(c-'0')) % 97
		} else {
			rest = (rest*100 + int(c-'A') + 10) % 97
		}
	}
	return rest == 1
}
