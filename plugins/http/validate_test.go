package http

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skidway/skidway/plugins/internal/peer"
	"github.com/skidway/skidway/plugins/sdk"
)

func TestValidate(t *testing.T) {
	const (
		local, remote, secure = sdk.URL("http://localhost:80/in"), sdk.URL("http://logs.test/in"), sdk.URL("https://logs.test/in")
		seen                  = "Credentials would be sent over http://"
	)
	for name, test := range map[string]struct {
		o    Options
		want []string // path, the beginning of the summary
	}{
		"https":                           {Options{Endpoint: secure}, nil},
		"endpoint not known yet":          {Options{BearerToken: "t"}, nil},
		"http without credentials":        {Options{Endpoint: remote}, nil},
		"empty headers":                   {Options{Endpoint: remote, Headers: map[string]string{"X-Tenant": "a"}}, nil},
		"no scheme":                       {Options{Endpoint: "logs.test/in"}, []string{"endpoint", "The endpoint must begin"}},
		"another scheme":                  {Options{Endpoint: "ftp://logs.test/in"}, []string{"endpoint", "The endpoint must begin"}},
		"no host":                         {Options{Endpoint: "http:///in"}, []string{"endpoint", "The endpoint names no host."}},
		"fragment":                        {Options{Endpoint: "http://logs.test/in#a"}, []string{"endpoint", "The endpoint has a fragment"}},
		"not a URL":                       {Options{Endpoint: "http://[/"}, []string{"endpoint", "The endpoint is not a URL."}},
		"unknown format":                  {Options{Endpoint: secure, Format: "xml"}, []string{"format", `There is no format "xml".`}},
		"loki":                            {Options{Endpoint: secure, Format: "loki"}, []string{"format", "The format loki is not supported yet."}},
		"elasticsearch":                   {Options{Endpoint: secure, Format: "elasticsearch"}, []string{"format", "The format elasticsearch is not supported yet."}},
		"splunk_hec":                      {Options{Endpoint: secure, Format: "splunk_hec"}, []string{"format", "The format splunk_hec is not supported yet."}},
		"otlp_json":                       {Options{Endpoint: secure, Format: "otlp_json"}, []string{"format", "The format otlp_json is not supported yet."}},
		"Loki's API":                      {Options{Endpoint: "https://l/loki/api/v1/push"}, []string{"endpoint", "/loki/api/v1/push is an API"}},
		"OTLP's API":                      {Options{Endpoint: "https://l/v1/logs/"}, []string{"endpoint", "/v1/logs is an API"}},
		"Elasticsearch's API":             {Options{Endpoint: "https://l/index/_bulk?a=b"}, []string{"warning endpoint", "/_bulk is an API"}},
		"Splunk's API":                    {Options{Endpoint: "https://l/services/collector"}, []string{"warning endpoint", "/services/collector is an API"}},
		"Splunk's event API":              {Options{Endpoint: "https://l/services/collector/event"}, []string{"warning endpoint", "/services/collector/event is an API"}},
		"Splunk's raw API":                {Options{Endpoint: "https://l/services/collector/raw", Format: formatRaw}, nil},
		"negative timeout":                {Options{Endpoint: secure, Timeout: -1}, []string{"timeout", "The timeout must be longer"}},
		"tls block without TLS":           {Options{Endpoint: local, TLS: &peer.TLS{}}, []string{"tls", "The endpoint is http://"}},
		"bad header name":                 {Options{Endpoint: secure, Headers: map[string]string{"a b": "c"}}, []string{"headers", `"a b" can't be`}},
		"empty header name":               {Options{Endpoint: secure, Headers: map[string]string{"": "c"}}, []string{"headers", `"" can't be`}},
		"header of HTTP's own":            {Options{Endpoint: secure, Headers: map[string]string{"content-length": "1"}}, []string{`headers["content-length"]`, "The header Content-Length is set"}},
		"header of the batch's":           {Options{Endpoint: secure, Headers: map[string]string{"Idempotency-Key": "1"}}, []string{`headers["Idempotency-Key"]`, "The header Idempotency-Key is set"}},
		"header twice":                    {Options{Endpoint: secure, Headers: map[string]string{"X-A": "1", "x-a": "2"}}, []string{`headers["x-a"]`, "The header x-a is given twice, also as X-A."}},
		"line feed in a header":           {Options{Endpoint: secure, Headers: map[string]string{"X-A": "1\nX-B: 2"}}, []string{`headers["X-A"]`, "The value of the header X-A holds a control character."}},
		"credentials, https":              {Options{Endpoint: secure, BearerToken: "t"}, nil},
		"credentials, loopback":           {Options{Endpoint: local, BearerToken: "t"}, nil},
		"credentials, loopback address":   {Options{Endpoint: "http://[::1]:80/", BearerToken: "t"}, nil},
		"bearer_token in plaintext":       {Options{Endpoint: remote, BearerToken: "t"}, []string{"bearer_token", seen}},
		"basic_auth in plaintext":         {Options{Endpoint: remote, BasicAuth: &BasicAuth{}}, []string{"basic_auth", seen}},
		"authorization in plaintext":      {Options{Endpoint: remote, Headers: map[string]string{"authorization": "t"}}, []string{`headers["authorization"]`, seen}},
		"API key in plaintext":            {Options{Endpoint: remote, Headers: map[string]string{"DD-API-KEY": "t"}}, []string{`headers["DD-API-KEY"]`, seen}},
		"cookie in plaintext":             {Options{Endpoint: remote, Headers: map[string]string{"Cookie": "t"}}, []string{`headers["Cookie"]`, seen}},
		"user information in plaintext":   {Options{Endpoint: "http://u:p@logs.test"}, []string{"endpoint", seen}},
		"allowed":                         {Options{Endpoint: remote, BearerToken: "t", AllowPlaintext: true}, nil},
		"two credentials":                 {Options{Endpoint: secure, BearerToken: "t", Headers: map[string]string{"authorization": "t"}}, []string{"bearer_token", `A request has one Authorization header, and headers["authorization"] and bearer_token both set it.`}},
		"user information and basic_auth": {Options{Endpoint: "https://u:p@logs.test", BasicAuth: &BasicAuth{}}, []string{"endpoint", "A request has one Authorization header"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for i, d := range filled(test.o).Validate() {
				path, summary := d.Path, d.Summary
				if d.Warning {
					path = "warning " + path
				}
				if want := 2*i + 1; want < len(test.want) && strings.HasPrefix(summary, test.want[want]) {
					summary = test.want[want]
				}
				got = append(got, path, summary)
				if d.Detail == "" {
					t.Errorf("%s: does not say what to do", d.Summary)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
		})
	}
}
