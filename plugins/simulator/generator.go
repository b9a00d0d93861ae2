package simulator

import (
	"math/rand/v2"
	"strconv"
	"time"
)

// generator makes records. What it makes follows from the options alone, except for the time.
type generator struct {
	rng        *rand.Rand
	errorRatio float64
	size       int
	seq        uint64
	ts         []byte // `,"ts":"…","level":"`, the same for all records of one time
	filler     []byte // words, size bytes and more from each of starts on
	starts     [fillerStarts]int
	record     []byte // reused
}

// fillerStarts is at how many words of the filler a message may begin.
const fillerStarts = 128

func newGenerator(o Options) *generator {
	g := &generator{
		// The second word only has to be fixed.
		rng:        rand.New(rand.NewPCG(o.Seed, 0x736b6964776179)),
		errorRatio: o.ErrorRatio,
		size:       o.Size,
	}
	words := [...]string{
		"cache", "miss", "for", "user", "session", "order", "payment", "retry", "after", "timeout", "queue", "worker", "request", "to",
		"upstream", "took", "longer", "than", "expected", "token", "refreshed", "row", "updated", "in", "table", "index", "lookup", "done",
	}
	for i := 0; i < fillerStarts || len(g.filler) < g.starts[fillerStarts-1]+g.size; i++ {
		if i < fillerStarts {
			g.starts[i] = len(g.filler)
		}
		g.filler = append(g.filler, words[g.rng.IntN(len(words))]...)
		g.filler = append(g.filler, ' ')
	}
	return g
}

// at sets the time of the records to come.
func (g *generator) at(now time.Time) {
	g.ts = append(g.ts[:0], `,"ts":"`...)
	g.ts = now.UTC().AppendFormat(g.ts, "2006-01-02T15:04:05.000000Z07:00")
	g.ts = append(g.ts, `","level":"`...)
}

// kind is what level, status and message have in common.
type kind struct {
	level, message string
	status         [4]uint16
}

// next returns the next record. It is valid until the following call.
func (g *generator) next() []byte {
	services := [...]string{"checkout", "payments", "search", "login", "catalog", "shipping", "mailer", "gateway"}
	isError := g.rng.Float64() < g.errorRatio
	bits := g.rng.Uint64()
	k := kind{"info", "request served: ", [4]uint16{200, 200, 201, 204}}
	tenths := 1 + bits>>32%2_000 // up to 0.2 s
	switch {
	case isError:
		k = kind{"error", "request failed: ", [4]uint16{500, 502, 503, 504}}
		tenths += 5_000
	case bits>>16&0xf == 0:
		k = kind{"warn", "request refused: ", [4]uint16{400, 404, 409, 429}}
	}
	r := append(g.record[:0], `{"seq":`...)
	r = strconv.AppendUint(r, g.seq, 10)
	r = append(r, g.ts...)
	r = append(r, k.level...)
	r = append(r, `","service":"`...)
	r = append(r, services[bits&7]...)
	r = append(r, `","status":`...)
	r = strconv.AppendUint(r, uint64(k.status[bits>>3&3]), 10)
	r = append(r, `,"duration_ms":`...)
	r = strconv.AppendUint(r, tenths/10, 10)
	r = append(r, '.', '0'+byte(tenths%10))
	r = append(r, `,"msg":"`...)
	r = append(r, k.message...)
	const tail = `"}`
	if room := g.size - len(r) - len(tail); room > 0 {
		from := g.starts[bits>>5%fillerStarts]
		r = append(r, g.filler[from:from+room]...)
	}
	r = append(r, tail...)
	g.record = r
	g.seq++
	return r
}
