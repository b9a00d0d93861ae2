package http

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/skidway/skidway/plugins/internal/peer/peertest"
	"github.com/skidway/skidway/plugins/internal/readme"
	"github.com/skidway/skidway/plugins/sdk"
)

func TestSourceReadmeHoldsTheSchema(t *testing.T) {
	const file, begin, end = "README.md", "<!-- source options -->\n", "<!-- /source options -->\n"
	doc, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, found := strings.Cut(string(doc), begin)
	got, tail, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no %s or no %s after it", file, begin, end)
	}
	want := readme.Table(Plugin("0.0.0").Describe().GetSource().GetSchema())
	if got == want {
		return
	}
	if !*update {
		t.Fatalf("%s: the option table of the source is not the schema's; run this test with -update. It should be\n%s", file, want)
	}
	if err := os.WriteFile(file, []byte(head+begin+want+end+tail), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestAcceptedBodiesAreAnswered204(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		format, body string
		want         []string
	}{
		"ndjson":                          {formatNDJSON, "{\"a\":1}\n{\"b\":2}\n", []string{`{"a":1}`, `{"b":2}`}},
		"ndjson without the last LF":      {formatNDJSON, "1\n2", []string{"1", "2"}},
		"ndjson with CRLF and empty ones": {formatNDJSON, "\r\n1\r\n\n  \t\r\n\"x\"\r\n\n", []string{"1", `"x"`}},
		"ndjson keeps its bytes":          {formatNDJSON, " {\"a\" : \"\xff\\u00e9\"}  \n", []string{" {\"a\" : \"\xff\\u00e9\"}  "}},
		"json_array":                      {formatArray, `[{"a":1},"b", 3 ,[],null]`, []string{`{"a":1}`, `"b"`, "3", "[]", "null"}},
		"json_array over lines":           {formatArray, "\r\n[\n  {\r\n    \"a\": [1,\n2]\n  },\n  2\n]\n", []string{"{      \"a\": [1, 2]   }", "2"}},
		"json_array without elements":     {formatArray, " [ ] ", nil},
		"raw":                             {formatRaw, "one\r\ntwo\n\nth\rree\x00\xff", []string{"one", "two", "th\rree\x00\xff"}},
		"raw white space is a record":     {formatRaw, " \n", []string{" "}},
		"nothing":                         {formatNDJSON, "", nil},
		"nothing in an array":             {formatArray, "", nil},
		"nothing raw":                     {formatRaw, "\n\r\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &router{}
			s := run(t, r, func(o *SourceOptions) { o.Format, o.Path = test.format, "/in" })
			before := time.Now()
			for encoding, body := range map[string][]byte{
				"":         []byte(test.body),
				"identity": []byte(test.body),
				"gzip":     gzipped(t, []byte(test.body)),
				"zstd":     zstded(t, []byte(test.body), false),
			} {
				got := len(r.all())
				headers := []string{"Content-Encoding", encoding}
				if encoding == "" {
					headers = nil
				}
				s.post(io.MultiReader(bytes.NewReader(body)), headers...).want(t, 204, "") // chunked
				s.post(bytes.NewReader(body), headers...).want(t, 204, "")
				batches := r.all()[got:]
				if test.want == nil {
					if len(batches) > 0 {
						t.Errorf("%s: batches %v, want none", encoding, batches)
					}
					continue
				}
				for _, b := range batches {
					if diff := cmp.Diff(test.want, b.records); diff != "" {
						t.Errorf("%s: records (-want +got):\n%s", encoding, diff)
					}
					if b.peer != "127.0.0.1" || b.port == 0 || b.received.Before(before) || b.received.After(time.Now()) {
						t.Errorf("origin is %s:%d at %s, want the client's", b.peer, b.port, b.received)
					}
				}
				if len(batches) != 2 {
					t.Errorf("%s: %d batches, want one for each request", encoding, len(batches))
				}
			}
		})
	}
}

func TestLargeBodiesAreSeveralBatches(t *testing.T) {
	r := &router{}
	s := run(t, r, func(o *SourceOptions) { o.Format, o.MaxRecordBytes = formatRaw, 7<<19 })
	var body strings.Builder
	for i := range 9 {
		body.WriteString(strings.Repeat(string(rune('a'+i)), 1<<20) + "\n")
	}
	body.WriteString(strings.Repeat("z", 7<<19) + "\n") // the largest record there can be
	body.WriteString(strings.Repeat("s\n", 2*sendRecords+1))
	s.post(strings.NewReader(body.String())).want(t, 204, "")
	if got := strings.Join(r.records(), "\n") + "\n"; got != body.String() {
		t.Errorf("%d bytes came out, want the %d of the body", len(got), body.Len())
	}
	if n := len(r.all()); n < 6 {
		t.Errorf("%d batches, want one for every 3.5 MiB and every %d records", n, sendRecords)
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1025)
	zeros := bytes.Repeat([]byte("0"), 8<<20)
	for name, test := range map[string]struct {
		change  func(*SourceOptions)
		body    string
		headers []string
		status  int
		text    string
	}{
		"bad second line":        {body: "{}\nnot json\n", status: 400, text: "Record 2 (line 2, byte 3) is no valid JSON value: invalid character 'o' in literal null (expecting 'u'), at its byte 1. Nothing was taken."},
		"bad line after blanks":  {body: "\n\n{}\n{\n", status: 400, text: "Record 2 (line 4, byte 5) is no valid JSON value"},
		"two values on a line":   {body: "{} {}\n", status: 400, text: "Record 1 (line 1, byte 0) is no valid JSON value: more stands after it, at its byte 3."},
		"deep JSON":              {body: strings.Repeat("[", 600) + strings.Repeat("]", 600), status: 400, text: "is nested more than 512 deep"},
		"very deep JSON":         {body: strings.Repeat("[", 200_000), status: 400, text: "is no valid JSON value"},
		"cut line":               {body: "{}\n\"x", status: 400, text: "Record 2 (line 2, byte 3) is no valid JSON value: it ends in the middle."},
		"bad element":            {change: func(o *SourceOptions) { o.Format = formatArray }, body: "[1, {\"a\":x}]", status: 400, text: "Record 2 (byte 4) is no valid JSON value: invalid character 'x' looking for beginning of value, at its byte 5."},
		"long bad line":          {body: `"` + strings.Repeat("x", 100_000) + "\t\"", status: 400, text: "Record 1 (line 1, byte 0) is no valid JSON value. Nothing"},
		"too large a record":     {change: func(o *SourceOptions) { o.MaxRecordBytes = 1024 }, body: "{}\n\"" + long + "\"", status: 413, text: "Record 2 (line 2, byte 3) is larger than 1KiB, max_record_bytes."},
		"too large an element":   {change: func(o *SourceOptions) { o.MaxRecordBytes, o.Format = 1024, formatArray }, body: "[1,\"" + long + "\"]", status: 413, text: "Record 2 (byte 3) is larger than 1KiB"},
		"too large a line":       {change: func(o *SourceOptions) { o.MaxRecordBytes, o.Format = 1024, formatRaw }, body: long, status: 413, text: "Record 1 (line 1, byte 0) is larger"},
		"no array":               {change: func(o *SourceOptions) { o.Format = formatArray }, body: `{"a":1}`, status: 400, text: "Record 1 (byte 0) is not in an array: the body must be one JSON array"},
		"unclosed array":         {change: func(o *SourceOptions) { o.Format = formatArray }, body: `[1,2`, status: 400, text: "Record 2 (byte 3) is followed by neither a comma nor the end of the array"},
		"only a bracket":         {change: func(o *SourceOptions) { o.Format = formatArray }, body: `[`, status: 400, text: "Record 1 (byte 1) is no valid JSON value: it ends in the middle"},
		"trailing comma":         {change: func(o *SourceOptions) { o.Format = formatArray }, body: `[1,]`, status: 400, text: "Record 2 (byte 3) is no valid JSON value"},
		"two arrays":             {change: func(o *SourceOptions) { o.Format = formatArray }, body: "[1]\n[2]", status: 400, text: "Record 2 (byte 4) stands after the end of the array"},
		"empty and more":         {change: func(o *SourceOptions) { o.Format = formatArray }, body: "[]1", status: 400, text: "stands after the end"},
		"too large a body":       {change: func(o *SourceOptions) { o.MaxBodyBytes, o.MaxRecordBytes = 1024, 1024 }, body: "\"" + long + "\"", status: 413, text: "The body is larger than 1KiB, max_body_bytes."},
		"gzip of too much":       {change: func(o *SourceOptions) { o.MaxBodyBytes, o.MaxRecordBytes = 1024, 1024 }, body: string(gzipped(t, []byte(long))), headers: []string{"Content-Encoding", "gzip"}, status: 413, text: "The body is larger than 1KiB, max_body_bytes."},
		"gzip bomb":              {body: string(gzipped(t, zeros)), headers: []string{"Content-Encoding", "gzip"}, status: 413, text: "The body decompresses to more than 200 times its size."},
		"zstd bomb":              {body: string(zstded(t, zeros, false)), headers: []string{"Content-Encoding", "zstd"}, status: 413, text: "The body decompresses to more than 200 times its size."},
		"zstd bomb with a size":  {body: string(zstded(t, zeros, true)), headers: []string{"Content-Encoding", "zstd"}, status: 413, text: "The body decompresses to more than 200 times its size."},
		"zstd of a large window": {body: string(zstded(t, zeros[:2<<20], false, zstd.WithWindowSize(16<<20))), headers: []string{"Content-Encoding", "zstd"}, status: 413, text: "The body needs a zstd window of more than 8MiB."},
		"no gzip":                {body: "{}", headers: []string{"Content-Encoding", "gzip"}, status: 400, text: "The body is no valid gzip"},
		"cut gzip":               {body: string(gzipped(t, []byte("1\n2"))[:15]), headers: []string{"Content-Encoding", "gzip"}, status: 400, text: "The body is no valid gzip: unexpected EOF"},
		"gzip and more":          {body: string(gzipped(t, []byte("1\n"))) + "garbage that is no member", headers: []string{"Content-Encoding", "gzip"}, status: 400, text: "The body is no valid gzip"},
		"no zstd":                {body: "{}", headers: []string{"Content-Encoding", "zstd"}, status: 400, text: "The body is no valid zstd"},
		"cut zstd":               {body: string(zstded(t, []byte("1\n2"), true)[:8]), headers: []string{"Content-Encoding", "zstd"}, status: 400, text: "The body is no valid zstd"},
		"zstd to be skipped":     {body: "\x50\x2a\x4d\x18\x01\x00\x00\x00x", headers: []string{"Content-Encoding", "zstd"}, status: 400, text: "The body is no valid zstd: it holds a frame to be skipped"},
		"zstd and more":          {body: string(zstded(t, []byte("1"), true)) + "1", headers: []string{"Content-Encoding", "zstd"}, status: 400, text: "The body is no valid zstd"},
		"many zstd bombs":        {body: strings.Repeat(string(zstded(t, zeros[:128<<10], false)), 100), headers: []string{"Content-Encoding", "zstd"}, status: 413, text: "The body decompresses to more than 200 times its size."},
		"another encoding":       {headers: []string{"Content-Encoding", "br"}, status: 415, text: `Content-Encoding "br" is not taken: use gzip, zstd, or none.`},
		"two encodings":          {headers: []string{"Content-Encoding", "gzip, zstd"}, status: 415, text: `Content-Encoding "gzip,zstd" is not taken`},
		"protobuf":               {headers: []string{"Content-Type", "application/x-protobuf"}, status: 415, text: `Content-Type "application/x-protobuf" is not taken: use application/x-ndjson`},
		"a form with files":      {headers: []string{"Content-Type", "multipart/form-data; boundary=x"}, status: 415, text: `Content-Type "multipart/form-data" is not taken`},
		"another charset":        {headers: []string{"Content-Type", "text/plain; charset=utf-16"}, status: 415, text: `The charset "utf-16" is not taken`},
		"the page of a site":     {headers: []string{"Origin", "https://evil.example", "Content-Type", "text/plain"}, status: 403, text: "Records are not taken from the pages of other sites."},
		"no token":               {change: func(o *SourceOptions) { o.BearerToken = "secret" }, body: "1", status: 401, text: "The bearer token is missing or wrong."},
		"wrong token":            {change: func(o *SourceOptions) { o.BearerToken = "secret" }, headers: []string{"Authorization", "Bearer secret1"}, body: "1", status: 401, text: "The bearer token"},
		"token of another kind":  {change: func(o *SourceOptions) { o.BearerToken = "secret" }, headers: []string{"Authorization", "Basic secret"}, body: "1", status: 401, text: "The bearer token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &router{}
			s := run(t, r, test.change)
			s.post(strings.NewReader(test.body), test.headers...).want(t, test.status, test.text)
			if got := r.records(); len(got) > 0 {
				t.Errorf("records %q were taken, want none", got)
			}
			if log := s.log.String(); !strings.Contains(log, fmt.Sprintf("request refused: status=%d", test.status)) || strings.Contains(log, "secret") {
				t.Errorf("the log does not say so, or shows the token:\n%s", log)
			}
			if s.source.opts.BearerToken == "" {
				s.post(strings.NewReader("")).want(t, 204, "") // it is ready for the next one
			}
		})
	}
}

func TestPathMethodAndToken(t *testing.T) {
	r := &router{}
	s := run(t, r, func(o *SourceOptions) { o.Path, o.BearerToken = "/a b", "s3cret" })
	for _, test := range []struct {
		method, path, authorization string
		status                      int
	}{
		{"POST", "/", "Bearer s3cret", 404},
		{"POST", "/a%20b/", "Bearer s3cret", 404},
		{"GET", "/a%20b", "Bearer s3cret", 405},
		{"POST", "/a%20b", "", 401},
		{"POST", "/a%20b?x=y", "Bearer s3cret", 204},
		{"POST", "/a%20b", "bearer  s3cret", 204},
	} {
		q, err := http.NewRequest(test.method, "http://"+s.address+test.path, strings.NewReader("1"))
		if err != nil {
			t.Fatal(err)
		}
		if test.authorization != "" {
			q.Header.Set("Authorization", test.authorization)
		}
		a, err := s.do(q)
		if err != nil {
			t.Fatal(err)
		}
		a.want(t, test.status, "")
		if test.status == 405 && a.header.Get("Allow") != "POST" || test.status == 401 && !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%d has the headers %v", test.status, a.header)
		}
	}
	if got := r.records(); len(got) != 2 {
		t.Errorf("%d records, want 2", len(got))
	}
}

func TestHTTP2AndClientCertificates(t *testing.T) {
	authority := peertest.NewAuthority(t)
	cert, key := authority.Issue(t, "router.test")
	clientCert, clientKey := authority.Issue(t, "client.test")
	pair, err := tls.LoadX509KeyPair(clientCert, clientKey)
	if err != nil {
		t.Fatal(err)
	}
	r := &router{}
	s := run(t, r, func(o *SourceOptions) {
		o.TLS = &SourceTLS{CertFile: sdk.Path(cert), KeyFile: sdk.Path(key), ClientCAFile: sdk.Path(authority.File), MinVersion: "1.3"}
	})
	trusted := &tls.Config{RootCAs: authority.Pool, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	for http2, proto := range map[bool]string{true: "HTTP/2.0", false: "HTTP/1.1"} {
		s.secure(trusted.Clone(), http2)
		a := s.post(strings.NewReader("1\n2"))
		a.want(t, 204, "")
		s.post(strings.NewReader("x")).want(t, 400, "Record 1")
		if a.proto != proto {
			t.Errorf("spoke %s, want %s", a.proto, proto)
		}
	}
	s.secure(&tls.Config{RootCAs: authority.Pool, MinVersion: tls.VersionTLS12}, true)
	if a, err := s.try(strings.NewReader("3")); err == nil {
		t.Errorf("answer %d without a client certificate, want none", a.status)
	}
	old := trusted.Clone()
	old.MaxVersion = tls.VersionTLS12
	s.secure(old, true)
	if a, err := s.try(strings.NewReader("4")); err == nil {
		t.Errorf("answer %d over TLS 1.2, want none", a.status)
	}
	if diff := cmp.Diff([]string{"1", "2", "1", "2"}, r.records()); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestOpenFails(t *testing.T) {
	r := &router{}
	s := run(t, r, nil)
	for name, test := range map[string]struct {
		change func(*SourceOptions)
		want   string
	}{
		"address in use":     {func(o *SourceOptions) { o.Listen = s.address }, "address already in use"},
		"no certificate":     {func(o *SourceOptions) { o.TLS = &SourceTLS{CertFile: "/none", KeyFile: "/none"} }, "/none"},
		"off loopback":       {func(o *SourceOptions) { o.Listen = "0.0.0.0:0" }, "allow_plaintext"},
		"all off loopback":   {func(o *SourceOptions) { o.Listen = ":0" }, "allow_plaintext"},
		"no such host at it": {func(o *SourceOptions) { o.Listen = "203.0.113.7:0" }, "listen on 203.0.113.7:0"},
	} {
		o := sourceDefaults()
		o.Listen = "127.0.0.1:0"
		test.change(&o)
		s := newSource(o)
		if err := s.Open(t.Context(), sdk.Config{}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: Open = %v, want an error with %q", name, err, test.want)
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: Close = %v", name, err)
		}
	}
}
