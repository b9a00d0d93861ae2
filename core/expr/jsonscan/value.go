package jsonscan

// Kind is what a JSON value is.
type Kind uint8

// The kinds of values. The zero value says that there is no value.
const (
	Missing Kind = iota
	Null
	False
	True
	Number
	String
	Array
	Object
)

// String returns the kind's name in lower case.
func (k Kind) String() string {
	switch k {
	case Null:
		return "null"
	case False:
		return "false"
	case True:
		return "true"
	case Number:
		return "number"
	case String:
		return "string"
	case Array:
		return "array"
	case Object:
		return "object"
	default:
		return "missing"
	}
}

// Value is the place of one JSON value in a record. It holds no bytes: it is good for as long as the record's bytes are,
// and only for them. The zero Value is that of a path the record lacks.
type Value struct {
	// Kind says what the value is.
	Kind Kind
	// Escaped says that the value is a string with at least one escape sequence, so that its text differs from its bytes.
	Escaped bool
	// NonASCII says that the value is a string in whose bytes, as written, at least one is above 0x7F. A string with
	// neither NonASCII nor Escaped is plain ASCII.
	NonASCII bool
	// Repeated says that the value's object has an earlier member of the same name. Only Scan sets it, and Follow keeps it.
	Repeated bool
	// Start and End bound the value's bytes in the record, rec[Start:End], a string's quotes included.
	Start, End int32
}

// Bytes returns the value's bytes as they stand in rec, a string's quotes included. They are rec's own.
func (v Value) Bytes(rec []byte) []byte { return rec[v.Start:v.End] }

// At returns the Value of the valid JSON value that stands, without white space around it, at rec[start:end].
func At(rec []byte, start, end int) Value {
	if rec[start] != '"' {
		return place(kindOf(rec[start]), start, end, 0)
	}
	flags := uint8(0)
	if plain(rec, start+1) != end-1 {
		_, flags = stringEnd(rec, start+1)
	}
	return place(String, start, end, flags)
}

// kindOf returns the kind of the valid value that begins with c.
func kindOf(c byte) Kind {
	switch c {
	case '"':
		return String
	case '{':
		return Object
	case '[':
		return Array
	case 't':
		return True
	case 'f':
		return False
	case 'n':
		return Null
	default:
		return Number
	}
}
