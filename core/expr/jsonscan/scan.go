package jsonscan

import "math"

// Valid reports whether b is one valid JSON value of any kind, with nothing but white space around it.
func Valid(b []byte) bool {
	i := space(b, 0)
	if i >= len(b) || len(b) > math.MaxInt32 {
		return false
	}
	end, _ := value(b, i, 0, nil, nil)
	return end >= 0 && space(b, end) == len(b)
}

// space returns the index of the first byte from i on that is no white space; len(b) when there is none.
func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// value checks the value that begins at b[i], which exists, inside depth levels, and returns the index after it, or
// bad. When it is an object, the values of n's names go into found; n is nil when none is asked for.
func value(b []byte, i, depth int, n *node, found []Value) (end int, flags uint8) {
	switch c := b[i]; {
	case c == '"':
		return stringEnd(b, i+1)
	case c-'0' <= 9 || c == '-':
		return numberEnd(b, i), 0
	case c == '{':
		return object(b, i, depth+1, n, found), 0
	case c == '[':
		return array(b, i, depth+1), 0
	case c == 't':
		if i+4 <= len(b) && string(b[i:i+4]) == "true" {
			return i + 4, 0
		}
	case c == 'f':
		if i+5 <= len(b) && string(b[i:i+5]) == "false" {
			return i + 5, 0
		}
	case c == 'n':
		if i+4 <= len(b) && string(b[i:i+4]) == "null" {
			return i + 4, 0
		}
	}
	return bad, 0
}

// numberEnd checks the number that begins at b[i] with a digit or a minus sign.
func numberEnd(b []byte, i int) int {
	if b[i] == '-' {
		i++
	}
	switch {
	case i < len(b) && b[i] == '0':
		i++
	default:
		from := i
		if i = digits(b, i); i == from {
			return bad
		}
	}
	if i < len(b) && b[i] == '.' {
		from := i + 1
		if i = digits(b, from); i == from {
			return bad
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		from := i
		if i = digits(b, from); i == from {
			return bad
		}
	}
	return i
}

func digits(b []byte, i int) int {
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	return i
}

// array checks the array that begins at b[i] and is the depth-th level.
func array(b []byte, i, depth int) int {
	if depth > MaxDepth {
		return bad
	}
	i = space(b, i+1)
	if i < len(b) && b[i] == ']' {
		return i + 1
	}
	for i < len(b) {
		if i, _ = value(b, i, depth, nil, nil); i < 0 {
			return bad
		}
		i = space(b, i)
		if i >= len(b) {
			return bad
		}
		switch b[i] {
		case ']':
			return i + 1
		case ',':
			i = space(b, i+1)
		default:
			return bad
		}
	}
	return bad
}

// object checks the object that begins at b[i] and is the depth-th level, and writes the values of n's names to found.
func object(b []byte, i, depth int, n *node, found []Value) int {
	if depth > MaxDepth {
		return bad
	}
	i = space(b, i+1)
	if i < len(b) && b[i] == '}' {
		return i + 1
	}
	for {
		if i >= len(b) || b[i] != '"' {
			if i = space(b, i); i >= len(b) || b[i] != '"' {
				return bad
			}
		}
		var c *child
		if end := plain(b, i+1); end < len(b) && b[end] == '"' {
			if n != nil && n.names>>nameBit(b[i+1], end-i-1)&1 != 0 {
				c = n.plain(b, i+1, end)
			}
			i = end + 1
		} else if i, c = escapedKey(b, i, n); i < 0 {
			return bad
		}
		if i >= len(b) || b[i] != ':' {
			if i = space(b, i); i >= len(b) || b[i] != ':' {
				return bad
			}
		}
		i++
		if i < len(b) && b[i] <= ' ' {
			i = space(b, i)
		}
		if i >= len(b) {
			return bad
		}
		switch {
		case c != nil:
			i = c.value(b, i, depth, found)
		case b[i] == '"':
			// Inlined here, most strings cost no call: 12 ns of 184 in BenchmarkScanVaried.
			if end := plain(b, i+1); end < len(b) && b[end] == '"' {
				i = end + 1
			} else {
				i, _ = stringEnd(b, i+1)
			}
		case b[i]-'0' <= 9:
			i = numberEnd(b, i)
		default:
			i, _ = value(b, i, depth, nil, nil)
		}
		if i < 0 {
			return bad
		}
		if i >= len(b) || b[i] != ',' {
			if i = space(b, i); i >= len(b) {
				return bad
			}
			if b[i] == '}' {
				return i + 1
			}
			if b[i] != ',' {
				return bad
			}
		}
		i++
	}
}

// escapedKey checks the key whose opening quote is b[i], returns the index after its closing quote, and looks it up in n.
func escapedKey(b []byte, i int, n *node) (end int, c *child) {
	end, flags := stringEnd(b, i+1)
	if end < 0 || n == nil {
		return end, nil
	}
	return end, n.lookup(b, i, bounds{keyEnd: end, flags: flags << keyFlags})
}

// value checks the value of the child's name, notes it in found, and forgets what an earlier duplicate left there.
func (c *child) value(b []byte, i, depth int, found []Value) int {
	for _, at := range c.below {
		found[at] = Value{}
	}
	kind, flags := String, uint8(0)
	end := -1
	if b[i] == '"' {
		if at := plain(b, i+1); at < len(b) && b[at] == '"' {
			end = at + 1
		}
	}
	if end < 0 {
		if end, flags = value(b, i, depth, c.node, found); end < 0 {
			return bad
		}
		kind = kindOf(b[i])
	}
	if c.result >= 0 {
		at := &found[c.result]
		repeated := at.Kind != Missing
		*at = place(kind, i, end, flags)
		at.Repeated = repeated
	}
	return end
}
