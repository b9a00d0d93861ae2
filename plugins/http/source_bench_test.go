package http

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/skidway/skidway/plugins/sdk"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// intakeBodies are bodies of lines of 256 bytes.
func intakeBodies() map[string]int {
	return map[string]int{"1 record": 1, "1000 records": 1000, "16000 records": 16000}
}

// BenchmarkIntake takes bodies as the handler does, without a connection. MB/s are those of records.
func BenchmarkIntake(b *testing.B) {
	line := append(jsonLine(), '\n')
	for name, n := range intakeBodies() {
		lines := bytes.Repeat(line, n)
		array := append(append([]byte{'['}, bytes.ReplaceAll(bytes.TrimSuffix(lines, []byte{'\n'}), []byte{'\n'}, []byte{','})...), ']')
		for _, bench := range []struct {
			name, format, encoding string
			body                   []byte
		}{
			{"ndjson", formatNDJSON, "", lines},
			{"json_array", formatArray, "", array},
			{"raw", formatRaw, "", lines},
			{"ndjson gzip", formatNDJSON, "gzip", gzipped(b, varied(n))},
			{"ndjson zstd", formatNDJSON, "zstd", zstded(b, varied(n), false)},
		} {
			b.Run(bench.name+"/"+name, func(b *testing.B) {
				o := sourceDefaults()
				o.Listen, o.Format = "127.0.0.1:0", bench.format
				s := newSource(o)
				if err := s.Open(b.Context(), sdk.Config{}); err != nil {
					b.Fatal(err)
				}
				defer func() { _ = s.Close() }()
				h := newHandover(sdk.NewOutput(func(*pluginv1.CollectResponse) error { return nil }))
				go h.run()
				defer h.close()
				in := newIntake(s, h)
				b.SetBytes(int64(n * 256))
				b.ReportAllocs()
				for b.Loop() {
					q := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/", bytes.NewReader(bench.body))
					if bench.encoding != "" {
						q.Header.Set("Content-Encoding", bench.encoding)
					}
					w := httptest.NewRecorder()
					if in.ServeHTTP(w, q); w.Code != http.StatusNoContent {
						b.Fatal(w.Code, w.Body)
					}
				}
				b.ReportMetric(float64(n), "records/op")
			})
		}
	}
}

// varied returns n lines of 256 bytes that compress as logs do, about ten to one.
func varied(n int) []byte {
	var out bytes.Buffer
	for i := range n {
		line := fmt.Sprintf(`{"seq":%d,"ts":"2031-07-23T07:08:09.%06dZ","level":"info","service":"payments","trace":"%016x","msg":"`, i, i*7919%1000000, uint64(i)*0x9e3779b97f4a7c15)
		for len(line) < 253 {
			line += "request done "
		}
		out.WriteString(line[:253] + "\"}\n")
	}
	return out.Bytes()
}

// BenchmarkIntakeOverTCP posts bodies of 1000 records of 256 bytes over one connection, with the client in the same process.
func BenchmarkIntakeOverTCP(b *testing.B) {
	r := &router{}
	s := run(b, r, nil)
	s.source.opts.Format = formatNDJSON
	body := bytes.Repeat(append(jsonLine(), '\n'), 1000)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		a, err := s.client.Post("http://"+s.address, "application/x-ndjson", bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, a.Body)
		if a.Body.Close(); a.StatusCode != http.StatusNoContent {
			b.Fatal(a.StatusCode)
		}
		r.mu.Lock()
		r.batches = nil
		r.mu.Unlock()
	}
}
