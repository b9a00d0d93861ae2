package router

import (
	"os"
	"time"

	"github.com/skidway/skidway/core/admin"
	"github.com/skidway/skidway/core/expr"
	"github.com/skidway/skidway/core/record"
)

// whereOf compiles the expression of a selection, by which records are chosen that lie in the spool or among dead letters:
// they are as they were after the transforms. An empty one holds for all. What it returns is for one goroutine; the error
// is an *admin.Error.
func whereOf(text string) (holds func(o *record.Origin, id uint64, data []byte) bool, err error) {
	if text == "" {
		return func(*record.Origin, uint64, []byte) bool { return true }, nil
	}
	unit, when, err := expr.ParsePredicate(text)
	if err != nil {
		return nil, &admin.Error{Status: 400, Message: "--where: " + err.Error(), Hint: `for example --where 'record.level == "error"'`}
	}
	r := unit.Record()
	hostname, _ := os.Hostname() // empty when the machine has none
	now := time.Now().UnixNano()
	return func(o *record.Origin, id uint64, data []byte) bool {
		r.Reset(data, &expr.Meta{
			Source: o.Source, Peer: o.Peer, PeerPort: o.PeerPort, ClientName: o.ClientName,
			ReceivedUnixNano: o.ReceivedUnixNano, Truncated: o.Truncated, ID: id, Hostname: hostname, Now: now,
		})
		return when.Eval(r) == expr.Match
	}, nil
}
