package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/skidway/skidway/core/config"
)

// simulatePatience is how long the load client tries, after it was told to stop, to deliver what it holds. Without a signal
// it waits for its server.
const simulatePatience = 10 * time.Second

// simulation is what the load client was asked to do.
type simulation struct {
	to                       string
	rate                     float64
	count, size, connections int
	logLevel                 string
}

func newSimulate() *cobra.Command {
	var s simulation
	cmd := &cobra.Command{
		Use:   "simulate [--to ADDRESS]",
		Short: "send simulated records to a TCP source",
		Long: "Send simulated JSON records to a TCP source: a simulator source for each connection, into a tcp destination, by the\n" +
			"same plugins and the same rules as in a configuration. It waits for a server that is absent, reconnects, and sends\n" +
			"again what the server's kernel had not acknowledged.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := s.check(); err != nil {
				return err
			}
			return s.run(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVar(&s.to, "to", "127.0.0.1:8080", "address to send to, as `HOST:PORT`")
	cmd.Flags().Float64Var(&s.rate, "rate", 10, "records a second over all connections; 0: as fast as it goes")
	cmd.Flags().IntVarP(&s.count, "count", "n", 0, "records over all connections; 0: endless")
	cmd.Flags().IntVar(&s.size, "size", 256, "bytes of a record, about")
	cmd.Flags().IntVar(&s.connections, "connections", 1, "connections, each with records of its own")
	cmd.Flags().StringVar(&s.logLevel, "log-level", "info", "`LEVEL` of the log: debug, info, warn or error")
	return cmd
}

// check finds what the configuration made of the flags could not say in terms of the flags.
func (s *simulation) check() error {
	if _, port, err := net.SplitHostPort(s.to); err != nil || port == "" {
		return usage("write host:port, for example 127.0.0.1:8080", "--to %q is not an address", s.to)
	}
	largestRate, largestSize := simulatorMax("rate"), simulatorMax("size")
	switch {
	case s.connections < 1 || s.connections > 1000:
		return usage("", "--connections %d is not between 1 and 1000", s.connections)
	case s.rate < 0 || math.IsNaN(s.rate):
		return usage("0 means as fast as it goes", "--rate %v is no rate", s.rate)
	case s.rate/float64(s.connections) > largestRate:
		return usage("0 means as fast as it goes", "--rate %v is over %v for each connection", s.rate, largestRate)
	case s.count < 0:
		return usage("0 means endless", "--count %d is negative", s.count)
	case s.count > 0 && s.count < s.connections:
		return usage("give each connection a record at least", "--count %d is less than --connections %d", s.count, s.connections)
	case s.size < 1 || float64(s.size) > largestSize:
		return usage("", "--size %d is not between 1 and %v", s.size, largestSize)
	case !slices.Contains([]string{"debug", "info", "warn", "error"}, s.logLevel):
		return usage("use debug, info, warn or error", "unknown --log-level %q", s.logLevel)
	}
	return nil
}

// simulatorMax is the largest value that the simulator takes for an attribute; infinite when it has no limit.
func simulatorMax(attribute string) float64 {
	for _, a := range bundled()["simulator"](version()).Describe().GetSource().GetSchema().GetAttributes() {
		if a.GetName() == attribute && a.GetConstraints() != nil && a.GetConstraints().Max != nil {
			return a.GetConstraints().GetMax()
		}
	}
	return math.Inf(1)
}

// hcl is the load client as a configuration.
func (s *simulation) hcl() string {
	var b strings.Builder
	fmt.Fprintf(&b, "router {\n  log_level = %q\n  drain_timeout = \"24h\"\n}\n", s.logLevel)
	for i := range s.connections {
		count := s.count / s.connections
		if i < s.count%s.connections {
			count++
		}
		fmt.Fprintf(&b, `
source "simulator" "load_%[1]d" {
  rate  = %[2]g
  count = %[3]d
  size  = %[4]d
  seed  = %[5]d
}
destination "tcp" "server_%[1]d" {
  address         = %[6]q
  allow_plaintext = true

  batch {
    max_records = 1000
    max_age     = "50ms"
  }
}
pipeline "load_%[1]d" {
  from = [source.simulator.load_%[1]d]
  to   = [destination.tcp.server_%[1]d]
}
`, i, s.rate/float64(s.connections), count, s.size, i+1, s.to)
	}
	return b.String()
}

func (s *simulation) run(ctx context.Context, stdout, stderr io.Writer) error {
	dir, err := os.MkdirTemp("", "skidway-simulate-")
	if err != nil {
		return failed("Set TMPDIR to a folder that you can write to.", "make a temporary folder: %v", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder that stays is no reason to fail
	path := filepath.Join(dir, "simulate.hcl")
	if err := os.WriteFile(path, []byte(s.hcl()), 0o600); err != nil {
		return failed("", "write the configuration: %v", err)
	}
	o := config.LoadOptions{
		Paths: []string{path}, Version: version(), Plugins: knownPlugins(), NeedSecrets: true,
		// The load client of a service is not the service: it has no data_dir.
		Env: func(string) (string, bool) { return "", false },
	}
	c, err := load(stderr, o, func(*hcl.Diagnostic) bool { return true })
	if err != nil {
		return err
	}
	show := &progress{w: stdout, connections: int64(s.connections), count: int64(s.count), terminal: colored(stdout), began: time.Now()}
	err = runConfig(ctx, c, show.above(stderr), runOptions{endWithSources: true, started: show.start, logged: show, patience: simulatePatience})
	show.end()
	return err
}
