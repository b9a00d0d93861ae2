package tcp

import (
	"bytes"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/plugins/sdk"
)

// liner makes one line of each record.
//
// A line feed inside of a record becomes a space. Unlike an escape that keeps JSON valid, where a line feed can only be
// white space between tokens, and it keeps the length.
type liner struct {
	log   hclog.Logger
	count int // records changed since the last log line
	last  time.Time
}

// logInterval is the time between two log lines about changed records.
const logInterval = time.Minute

// lines returns b's records as lines: b's own data, unless a record holds line feeds.
func (l *liner) lines(b *sdk.Batch) []byte {
	data := b.Data()
	if bytes.Count(data, []byte{'\n'}) == b.Len() {
		return data
	}
	out := bytes.Clone(data)
	end := 0
	for _, record := range b.Records() {
		start := end
		end += len(record)
		line := out[start:end]
		changed := false
		for i := bytes.IndexByte(line, '\n'); i >= 0; i = bytes.IndexByte(line, '\n') {
			line[i] = ' '
			line, changed = line[i+1:], true
		}
		if changed {
			l.count++
		}
		end++
	}
	l.report(time.Now())
	return out
}

func (l *liner) report(now time.Time) {
	if now.Sub(l.last) < logInterval {
		return
	}
	l.log.Warn("line feeds in records replaced by spaces", "records", l.count)
	l.count, l.last = 0, now
}
