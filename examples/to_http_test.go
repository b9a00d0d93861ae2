package examples_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const token = "canary-3f9d2c"

// runToHTTP runs the example with environment variables.
func runToHTTP(t *testing.T, endpoint string, env ...string) *process {
	t.Helper()
	dir, err := filepath.Abs("to-http")
	if err != nil {
		t.Fatal(err)
	}
	return launch(t, options{Env: env},
		"run", "-c", dir, "--var", "listen=127.0.0.1:0", "--var", "endpoint="+endpoint)
}

func TestToHTTPSendsGzippedNDJSONWithTheSecretsOfTheEnvironment(t *testing.T) {
	t.Parallel()
	server := collect(t, func(n int, _ request) int {
		if n == 0 {
			return http.StatusServiceUnavailable // to be sent again
		}
		return http.StatusOK
	})
	p := runToHTTP(t, server.URL, "COLLECTOR_TOKEN="+token, "COLLECTOR_TENANT=payments")
	var sent, want []string
	for i := range 50 {
		sent = append(sent, fmt.Sprintf(`{"n":%d}`, i), fmt.Sprintf(`not "JSON" %d`, i))
		want = append(want, fmt.Sprintf(`{"n":%d}`, i), fmt.Sprintf(`{"message":"not \"JSON\" %d"}`, i))
	}
	send(t, p.Addr("source.tcp.app"), sent...)
	got := server.Got.Count(t, len(want))
	p.Stop()

	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	requests := server.Requests()
	for i, r := range requests {
		for name, want := range map[string]string{
			"Authorization": "Bearer " + token, "X-Tenant": "payments",
			"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip",
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("request %d has %s %q, want %q", i, name, got, want)
			}
		}
	}
	refused := requests[0]
	again := slices.IndexFunc(requests[1:], func(r request) bool {
		return r.Header.Get("Idempotency-Key") == refused.Header.Get("Idempotency-Key")
	})
	if refused.Header.Get("Idempotency-Key") == "" || again < 0 || !slices.Equal(requests[1+again].Records, refused.Records) {
		t.Errorf("the batch that was answered 503 did not come again under its key")
	}
	if strings.Contains(p.Err.String()+p.Out.String(), token) {
		t.Error("the token is in the output")
	}
}

func TestToHTTPSaysWhichVariableIsMissing(t *testing.T) {
	t.Parallel()
	p := runToHTTP(t, "http://127.0.0.1:1/ingest")
	if status := p.Wait(); status != 2 || !strings.Contains(p.Err.String(), `"COLLECTOR_TOKEN" is not set`) {
		t.Errorf("exit status %d, want 2 and a word about COLLECTOR_TOKEN:\n%s", status, p.Err)
	}
}

func TestToHTTPKeepsTheTokenFromAnotherMachineWithoutTLS(t *testing.T) {
	t.Parallel()
	p := runToHTTP(t, "http://logs.example.com/ingest", "COLLECTOR_TOKEN="+token)
	if status := p.Wait(); status != 2 || !strings.Contains(p.Err.String(), "https") {
		t.Errorf("exit status %d, want 2 and a word about https:\n%s", status, p.Err)
	}
	if strings.Contains(p.Err.String(), token) {
		t.Error("the token is in the output")
	}
}
