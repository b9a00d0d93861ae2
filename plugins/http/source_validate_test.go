package http

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// TestSourceValidate checks configurations as the router does that starts nothing.
func TestSourceValidate(t *testing.T) {
	const tls = `,"tls":{"cert_file":"/c","key_file":"/k"}`
	for name, test := range map[string]struct {
		config string
		want   []string // severity and path, the beginning of the summary
	}{
		"nothing":                       {`{}`, nil},
		"everything":                    {`{"listen":"0.0.0.0:8443","path":"/in","format":"raw","bearer_token":"t"` + tls + `}`, nil},
		"a name for loopback":           {`{"listen":"localhost:0"}`, nil},
		"loopback with a token":         {`{"listen":"[::1]:80","bearer_token":"t"}`, nil},
		"no port":                       {`{"listen":"127.0.0.1"}`, []string{"ERROR listen", `"127.0.0.1" is not an address`}},
		"port too large":                {`{"listen":"127.0.0.1:65536"}`, []string{"ERROR listen", `"127.0.0.1:65536" is not an address`}},
		"a URL":                         {`{"listen":"http://127.0.0.1:80"}`, []string{"ERROR listen", `"http://127.0.0.1:80" is not an address`}},
		"off loopback":                  {`{"listen":"0.0.0.0:80"}`, []string{"ERROR listen", "The listener is reachable from other machines"}},
		"every address":                 {`{"listen":":80"}`, []string{"ERROR listen", "The listener is reachable"}},
		"off loopback, allowed":         {`{"listen":"0.0.0.0:80","allow_plaintext":true}`, nil},
		"token in plaintext":            {`{"listen":"0.0.0.0:80","allow_plaintext":true,"bearer_token":"t"}`, []string{"WARNING bearer_token", "Senders on other machines send the token over http://"}},
		"path without a slash":          {`{"path":"in"}`, []string{"ERROR path", "The path must begin with /."}},
		"path with a query":             {`{"path":"/in?a=b"}`, []string{"ERROR path", "The path holds a query"}},
		"path with a line feed":         {`{"path":"/in\n"}`, []string{"ERROR path", "The path holds white space"}},
		"token with a line feed":        {`{"bearer_token":"t\n"}`, []string{"ERROR bearer_token", "The token holds white space"}},
		"record larger than the body":   {`{"max_body_bytes":131072}`, []string{"ERROR max_record_bytes", "A record of 256KiB does not fit into a body of at most 128KiB."}},
		"body larger than the memory":   {`{"max_body_bytes":33554432}`, []string{"ERROR max_buffered_bytes", "48MiB is not enough for one body of 32MiB."}},
		"memory smaller than the body":  {`{"max_buffered_bytes":1048577}`, []string{"ERROR max_buffered_bytes", "1048577B is not enough for one body of 16MiB."}},
		"several mistakes at once":      {`{"listen":"x","path":"y"}`, []string{"ERROR listen", `"x" is not`, "ERROR path", "The path must begin"}},
		"names that the source has not": {`{"endpoint":"http://x"}`, []string{"ERROR endpoint", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			answer := Plugin("0.0.0").Validate(&pluginv1.ValidateRequest{Role: pluginv1.Role_ROLE_SOURCE, ConfigJson: []byte(test.config)})
			var got []string
			for i, d := range answer.GetDiagnostics() {
				var path []string
				for _, step := range d.GetPath() {
					path = append(path, step.GetName())
				}
				summary := d.GetSummary()
				if want := 2*i + 1; want < len(test.want) && strings.HasPrefix(summary, test.want[want]) {
					summary = test.want[want]
				}
				got = append(got, strings.TrimPrefix(d.GetSeverity().String(), "SEVERITY_")+" "+strings.Join(path, "."), summary)
				if d.GetDetail() == "" && summary != "" {
					t.Errorf("%s: does not say what to do", d.GetSummary())
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
		})
	}
}
