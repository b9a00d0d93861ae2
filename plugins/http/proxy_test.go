package http

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
)

// TestUsesTheProxyOfTheEnvironment runs itself in a process of its own, because the standard library reads the
// environment once.
func TestUsesTheProxyOfTheEnvironment(t *testing.T) {
	if os.Getenv("SKIDWAY_TEST_PROXY") != "" {
		err := open(t, Options{Endpoint: "http://logs.test/in"}).Write(t.Context(), batchOf(t, "1"))
		if err != nil {
			t.Error(err)
		}
		return
	}
	var got []string
	proxy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = append(got, r.RequestURI) }))
	defer proxy.Close()
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestUsesTheProxyOfTheEnvironment$")
	c.Env = append(os.Environ(), "SKIDWAY_TEST_PROXY=1", "NO_PROXY=", "http_proxy=", "HTTP_PROXY="+proxy.URL)
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	if len(got) != 1 || got[0] != "http://logs.test/in" {
		t.Errorf("the proxy got %q, want the one request", got)
	}
}
