package http

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/skidway/skidway/plugins/internal/peer"
	"github.com/skidway/skidway/plugins/internal/peer/peertest"
	"github.com/skidway/skidway/plugins/sdk"
)

// perRecord begins to measure, and reports nanoseconds of processor time per record of batches of 1000 when what it
// returns is called. On a machine that others use too that says more than the time that passed.
func perRecord(b *testing.B) func() {
	b.Helper()
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := used()
	return func() { b.ReportMetric(float64((used()-before).Nanoseconds())/float64(b.N*1000), "cpu-ns/record") }
}

// BenchmarkEncode makes bodies of 1000 records of 256 bytes.
func BenchmarkEncode(b *testing.B) {
	json := lines(1000)
	text := make([]string, len(json))
	for i := range json {
		text[i] = json[i][1:]
	}
	for _, bench := range []struct {
		name, format string
		records      []string
	}{
		{"ndjson", formatNDJSON, json},
		{"ndjson of text", formatNDJSON, text},
		{"json_array", formatArray, json},
		{"raw", formatRaw, json},
	} {
		b.Run(bench.name, func(b *testing.B) {
			batch := batchOf(b, bench.records...)
			var buf []byte
			b.ReportAllocs()
			report := perRecord(b)
			for b.Loop() {
				encode(bench.format, batch, &buf)
			}
			report()
		})
	}
}

func BenchmarkCompress(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	records := lines(1000)
	for i := range records { // An identifier, a number and a message of ten.
		records[i] = fmt.Sprintf(`{"seq":%d,"ts":"2031-07-23T07:08:%02d.%06dZ","level":"info","service":"payments","trace":"%016x","duration_ms":%.3f,"msg":"%s"}`,
			i, i/20, random.IntN(1e6), random.Uint64(), random.ExpFloat64()*20, strings.Repeat(string('a'+rune(random.IntN(10)))+" request to the backend ", 4))
	}
	data := batchOf(b, records...).Data()
	for _, name := range []string{compressGzip, compressZstd} {
		b.Run(name, func(b *testing.B) {
			z, err := newCompressor(name, 2)
			if err != nil {
				b.Fatal(err)
			}
			var dst []byte
			b.ReportAllocs()
			report := perRecord(b)
			for b.Loop() {
				if dst, err = z.compress(dst[:0], data); err != nil {
					b.Fatal(err)
				}
			}
			report()
			b.ReportMetric(float64(len(data))/float64(len(dst)), "ratio")
		})
	}
}

// BenchmarkWrite sends batches of 1000 records of 256 bytes, eight at once, to a server in the same process that throws
// them away.
func BenchmarkWrite(b *testing.B) {
	authority := peertest.NewAuthority(b)
	for _, bench := range []struct {
		name   string
		o      Options
		tls    bool
		http2  bool
		window int
	}{
		{name: "ndjson", window: 8},
		{name: "ndjson, 1 in flight", window: 1},
		{name: "raw", o: Options{Format: formatRaw}, window: 8},
		{name: "json_array", o: Options{Format: formatArray}, window: 8},
		{name: "ndjson, zstd", o: Options{Compress: compressZstd}, window: 8},
		{name: "ndjson, TLS", tls: true, window: 8},
		{name: "ndjson, HTTP2", tls: true, http2: true, window: 8},
	} {
		b.Run(bench.name, func(b *testing.B) {
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
			}))
			if bench.tls {
				s.TLS, s.EnableHTTP2 = authority.Server(b, "logs.test"), bench.http2
				s.StartTLS()
				bench.o.TLS = &peer.TLS{CAFile: sdk.Path(authority.File)}
			} else {
				s.Start()
			}
			defer s.Close()
			bench.o.Endpoint = sdk.URL(s.URL)
			d := open(b, bench.o)
			batch := batchOf(b, lines(1000)...)
			b.SetParallelism(max(bench.window/runtime.GOMAXPROCS(0), 1))
			b.ReportAllocs()
			b.ResetTimer()
			report := perRecord(b)
			if bench.window == 1 {
				for range b.N {
					if err := d.Write(b.Context(), batch); err != nil {
						b.Fatal(err)
					}
				}
			} else {
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if err := d.Write(b.Context(), batch); err != nil {
							b.Error(err)
						}
					}
				})
			}
			report()
			b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "records/s")
		})
	}
}
