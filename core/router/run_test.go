package router

import (
	"net"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/skidway/skidway/core/config"
	"github.com/skidway/skidway/core/ingest"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// TestRunEndsAllItStarted drains a router whose destination can't be started: the record that it took is reported as
// held, and nothing of the router is left running.
func TestRunEndsAllItStarted(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listen.Addr().String()
	listen.Close()
	c := &config.Config{
		Router:  config.Router{DrainTimeout: 2 * time.Second, IntakeMaxBytes: 64 << 20},
		Sources: []config.Source{{Address: "source.tcp.app", TCP: &ingest.Options{Address: "source.tcp.app", Listen: addr}}},
		Destinations: []config.Destination{{
			Address: "destination.missing.out",
			Plugin: &config.Plugin{
				Name: "missing", Path: filepath.Join(t.TempDir(), "missing"),
				Description: &pluginv1.DescribeResponse{Name: "missing", Destination: &pluginv1.DestinationDescription{}},
			},
		}},
		Pipelines: []config.Pipeline{{
			Address: "pipeline.main", From: []string{"source.tcp.app"}, To: []string{"destination.missing.out"},
		}},
	}
	r, err := New(t.Context(), c, Options{Version: "0.0.0", RuntimeDir: filepath.Join(t.TempDir(), "run")})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("one\n")); err != nil {
		t.Fatal(err)
	}
	conn.Close()

	drain := make(chan struct{})
	close(drain) // what waits at the listener is still taken
	report, err := r.Run(t.Context(), drain)
	if err != nil {
		t.Error(err)
	}
	if got := report.Sources[0].Accepted; got != 1 {
		t.Errorf("%d records were accepted, want 1", got)
	}
	if d := report.Destinations[0]; d.Held != 1 || d.Delivered != 0 || !report.Lost() {
		t.Errorf("report = %+v, want one record held and lost", d)
	}
}
