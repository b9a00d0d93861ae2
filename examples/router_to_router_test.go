package examples_test

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// routers runs the two routers of the example.
type routers struct {
	t    *testing.T
	ca   *authority
	path string // what the aggregator writes
}

func newRouters(t *testing.T) *routers {
	t.Helper()
	return &routers{t: t, ca: newAuthority(t), path: filepath.Join(t.TempDir(), "all.log")}
}

func (r *routers) run(file, cert string, vars ...string) *process {
	r.t.Helper()
	path, err := filepath.Abs(filepath.Join("router-to-router", file))
	if err != nil {
		r.t.Fatal(err)
	}
	certFile, keyFile := r.ca.Issue(cert)
	args := []string{"run", "-c", path}
	for _, v := range append(vars, "ca_file="+r.ca.File, "cert_file="+certFile, "key_file="+keyFile) {
		args = append(args, "--var", v)
	}
	return launch(r.t, options{}, args...)
}

func (r *routers) aggregator(listen string) *process {
	r.t.Helper()
	return r.run("aggregator.hcl", "127.0.0.1", "listen="+listen, "path="+r.path)
}

func (r *routers) edge(name, aggregator string) *process {
	r.t.Helper()
	return r.run("edge.hcl", name, "listen=127.0.0.1:0", "aggregator="+aggregator)
}

// written returns the records that the aggregator has written, by the name of the edge that sent them.
func (r *routers) written() map[string][]string {
	r.t.Helper()
	got := map[string][]string{}
	for _, line := range readLines(r.t, r.path) {
		var e struct {
			Record string
			Meta   struct {
				ClientName string `json:"client_name"`
			}
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			r.t.Fatal(err)
		}
		got[e.Meta.ClientName] = append(got[e.Meta.ClientName], e.Record)
	}
	return got
}

func TestRoutersSpeakTLSAndKnowEachOther(t *testing.T) {
	t.Parallel()
	r := newRouters(t)
	aggregator := r.aggregator("127.0.0.1:0")
	address := aggregator.Addr("source.tcp.edges")
	want := map[string][]string{}
	var edges []*process
	for _, name := range []string{"berlin.edge.example.com", "paris.edge.example.com"} {
		edge := r.edge(name, address)
		want[name] = numbered(name, 120)
		send(t, edge.Addr("source.tcp.app"), want[name]...)
		edges = append(edges, edge)
	}
	for _, edge := range edges {
		edge.Stop() // which delivers everything
	}
	aggregator.Stop()
	if diff := cmp.Diff(want, r.written()); diff != "" {
		t.Errorf("records by edge (-sent +written):\n%s", diff)
	}
}

func TestTheAggregatorRefusesStrangers(t *testing.T) {
	t.Parallel()
	r := newRouters(t)
	aggregator := r.aggregator("127.0.0.1:0")
	address := aggregator.Addr("source.tcp.edges")
	for _, stranger := range []struct {
		name   string
		config *tls.Config
	}{
		{"without a certificate", r.ca.Client("")},
		{"with a name that is no edge's", r.ca.Client("printer.example.com")},
		{"with a certificate of another authority", withRoots(r.ca.Client(""), newAuthority(t).Client("x.edge.example.com"))},
	} {
		conn, err := tls.Dial("tcp", address, stranger.config)
		if err == nil { // with TLS 1.3 the client is done before the server has looked at its certificate
			_, _ = io.WriteString(conn, "let me in\n")
			_ = conn.SetReadDeadline(time.Now().Add(patience))
			if _, err = conn.Read(make([]byte, 1)); err == nil {
				t.Errorf("a client %s got an answer, want the end of the connection", stranger.name)
			}
			_ = conn.Close()
		}
	}
	aggregator.Stop()
	if n := aggregator.Ended("destination.file.all")["delivered"]; n != 0 {
		t.Errorf("%d records of strangers were written", n)
	}
}

// withRoots returns a client with the authorities of c and the certificate of d.
func withRoots(c, d *tls.Config) *tls.Config {
	c.Certificates = d.Certificates
	return c
}

func TestTheEdgeKeepsRecordsWhileTheAggregatorIsAway(t *testing.T) {
	t.Parallel()
	const name = "berlin.edge.example.com"
	r := newRouters(t)
	aggregator := r.aggregator("127.0.0.1:0")
	address := aggregator.Addr("source.tcp.edges")
	edge := r.edge(name, address)
	before, during, after := numbered("before", 100), numbered("during", 100), numbered("after", 100)
	in := edge.Addr("source.tcp.app")
	send(t, in, before...)
	edge.WaitLog("connected", "@module", "tcp")
	aggregator.Stop()

	send(t, in, during...)
	edge.WaitLog("connection attempt failed", "peer", address)
	aggregator = r.aggregator(address)
	aggregator.Addr("source.tcp.edges")
	send(t, in, after...)
	edge.Stop()
	aggregator.Stop()
	if diff := cmp.Diff(map[string][]string{name: slices.Concat(before, during, after)}, r.written()); diff != "" {
		t.Errorf("records by edge (-sent +written):\n%s", diff)
	}
}

func TestTheEdgeKeepsRecordsThatTheAggregatorRefuses(t *testing.T) {
	t.Parallel()
	r := newRouters(t)
	aggregator := r.aggregator("127.0.0.1:0")
	edge := r.edge("printer.example.com", aggregator.Addr("source.tcp.edges"))
	send(t, edge.Addr("source.tcp.app"), "first")
	aggregator.WaitLog("tls handshake failed", "error", "printer.example.com")
	send(t, edge.Addr("source.tcp.app"), "second")
	edge.WaitLog("destination degraded", "reason", "the server refuses the client certificate")
	edge.Interrupt()
	edge.WaitLog("intake drained")
	edge.Interrupt() // the second one gives up
	if status := edge.Wait(); status != 1 {
		t.Errorf("exit status %d, want 1: the records were not delivered", status)
	}
	if got := edge.Ended("destination.tcp.aggregator"); got["delivered"] != 0 || got["held"] != 2 {
		t.Errorf("the edge counts %v, want nothing delivered and 2 records held", got)
	}
	aggregator.Stop()
	if n := aggregator.Ended("destination.file.all")["delivered"]; n != 0 {
		t.Errorf("the aggregator wrote %d records, want none", n)
	}
}
