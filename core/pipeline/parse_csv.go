package pipeline

import (
	"bytes"
	"errors"
	"strconv"
)

var (
	errCSVQuote = errors.New("has a quote in a value without quotes, or text after a closing quote")
	errCSVRows  = errors.New("holds more than one row")
	errCSVWide  = errors.New("has more values than there are columns")
)

// parseCSV reads one row of comma-separated values (RFC 4180). A row with fewer values than columns leaves the last
// ones out; without columns the fields are column_1, column_2 and so on.
func parseCSV(f *fieldList, text []byte, columns []string) error {
	text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
	for i := 0; ; i++ {
		var value []byte
		if len(text) > 0 && text[0] == '"' {
			var err error
			if value, text, err = csvQuoted(text); err != nil {
				return err
			}
			if len(text) > 0 && text[0] != ',' {
				return errCSVQuote
			}
		} else {
			n := bytes.IndexByte(text, ',')
			if n < 0 {
				n = len(text)
			}
			value, text = text[:n], text[n:]
			if bytes.IndexByte(value, '"') >= 0 {
				return errCSVQuote
			}
			if bytes.IndexByte(value, '\n') >= 0 {
				return errCSVRows
			}
		}
		var name []byte
		switch {
		case i < len(columns):
			name = []byte(columns[i])
		case len(columns) > 0:
			return errCSVWide
		default:
			name = strconv.AppendInt([]byte("column_"), int64(i+1), 10)
		}
		if err := f.text(name, value); err != nil {
			return err
		}
		if len(text) == 0 {
			return nil
		}
		text = text[1:] // the comma: a value follows it, if an empty one
	}
}

// csvQuoted returns the text of the quoted value that b begins with, in which two quotes are one, and what follows it.
func csvQuoted(b []byte) (text, after []byte, err error) {
	for b = b[1:]; ; b = b[1:] {
		n := bytes.IndexByte(b, '"')
		if n < 0 {
			return nil, nil, errOpenQuote
		}
		if n+1 == len(b) || b[n+1] != '"' {
			if text == nil {
				return b[:n], b[n+1:], nil
			}
			return append(text, b[:n]...), b[n+1:], nil
		}
		text = append(text, b[:n+1]...)
		b = b[n+1:]
	}
}
