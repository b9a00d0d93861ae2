package admin

import (
	"net/url"
	"strconv"
	"time"
)

// Selection chooses records or dead letters. A zero field does not restrict.
type Selection struct {
	// From and Until bound when the record was received, for letters when it was given up; Until itself is outside.
	From  time.Time `json:"from,omitzero"`
	Until time.Time `json:"until,omitzero"`
	// Contains is text in the record.
	Contains string `json:"contains,omitempty"`
	// Where is a record expression that holds for the record.
	Where string `json:"where,omitempty"`
	// ID of the record.
	ID uint64 `json:"id,string,omitzero"`
	// Destination that the record was routed to, or could not be delivered to.
	Destination string `json:"destination,omitempty"`
	// Code of the last failure of a letter, and the number of a letter at its destination.
	Code  string `json:"code,omitempty"`
	Entry uint64 `json:"entry,string,omitzero"`
	// Damaged has a purge remove besides what can't be read.
	Damaged bool `json:"damaged,omitempty"`
	// Limit is the most that is shown.
	Limit int `json:"limit,omitzero"`
}

// values returns s as the parameters of a request.
func (s *Selection) values() url.Values {
	v := url.Values{}
	set := func(name, value string, there bool) {
		if there {
			v.Set(name, value)
		}
	}
	set("from", s.From.UTC().Format(time.RFC3339Nano), !s.From.IsZero())
	set("until", s.Until.UTC().Format(time.RFC3339Nano), !s.Until.IsZero())
	set("contains", s.Contains, s.Contains != "")
	set("where", s.Where, s.Where != "")
	set("id", strconv.FormatUint(s.ID, 10), s.ID != 0)
	set("destination", s.Destination, s.Destination != "")
	set("code", s.Code, s.Code != "")
	set("entry", strconv.FormatUint(s.Entry, 10), s.Entry != 0)
	set("limit", strconv.Itoa(s.Limit), s.Limit != 0)
	return v
}

// selection reads the parameters of a request.
func selection(v url.Values) (s Selection, err error) {
	for name, values := range v {
		if len(values) != 1 {
			return s, badInput("%s is given %d times", name, len(values))
		}
		value := values[0]
		switch name {
		case "from":
			s.From, err = time.Parse(time.RFC3339Nano, value)
		case "until":
			s.Until, err = time.Parse(time.RFC3339Nano, value)
		case "contains":
			s.Contains = value
		case "where":
			s.Where = value
		case "id":
			s.ID, err = strconv.ParseUint(value, 10, 64)
		case "destination":
			s.Destination = value
		case "code":
			s.Code = value
		case "entry":
			s.Entry, err = strconv.ParseUint(value, 10, 64)
		case "limit":
			s.Limit, err = strconv.Atoi(value)
			if err == nil && s.Limit < 0 {
				err = strconv.ErrRange
			}
		default:
			return s, badInput("unknown parameter %q", name)
		}
		if err != nil {
			return s, badInput("%s is %q, which can't be read", name, value)
		}
	}
	return s, nil
}
