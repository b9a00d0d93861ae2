package pluginhost

import (
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/metrics"
	"github.com/skidway/skidway/core/record"
	"github.com/skidway/skidway/proto"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// Executable says what to start.
type Executable struct {
	// Name of the plugin, for logs.
	Name string
	// Path of the executable. Empty: the plugin is bundled, and the running image is started with Args.
	Path string
	// Args after argv[0].
	Args []string
	// PassEnv names variables of the router's environment that the plugin gets besides the minimal ones.
	PassEnv []string
}

// Options of one plugin process: one source or destination block.
type Options struct {
	// Address of the block.
	Address    string
	Executable Executable
	// Description is what the plugin said of itself when the configuration was loaded. Nil: nothing is compared.
	Description *pluginv1.DescribeResponse
	// ConfigJSON goes to Open.
	ConfigJSON []byte
	// Secrets are scrubbed from the plugin's log lines, and from the messages of its errors and verdicts.
	Secrets []string
	// HangTimeout: batches outstanding and no sign of life from any: the plugin is restarted; default 30 s.
	HangTimeout time.Duration
	// MaxInFlight and MaxBatchBytes go to Open; defaults 4 and 3.5 MiB. A source may have MaxInFlight batches that are
	// not yet accepted.
	MaxInFlight, MaxBatchBytes int
	// Identity returns what a destination's positions belong to; it is asked at each start. Nil: the zero one.
	Identity func() delivery.Identity
	// StateDir of the block; empty: none.
	StateDir string
	// RuntimeDir is where socket directories are made: at most 69 bytes (macOS: 65), 0700, the router's own. It is made
	// when it does not exist.
	RuntimeDir string
	// Stdout is the router's standard output, for a plugin that wants it.
	Stdout        *os.File
	RouterVersion string
	// Log gets the host's events and, under the plugin's name, the plugin's lines. Nil: nothing is logged.
	Log hclog.Logger

	// DrainTimeout bounds how long a source goes on after its drain began; default 10 s. A destination's lane has a
	// deadline of its own.
	DrainTimeout time.Duration
	// IDs gives the records of a source their ids; nil: ids of its own.
	IDs *record.IDs
	// Restarts counts processes started after the first, LogLinesDropped the log lines over the rate limit. Nil: not
	// counted.
	Restarts, LogLinesDropped *metrics.Counter
}

// addressKey is under which key log lines name the block: "source" or "destination".
func (o Options) addressKey() string {
	if strings.HasPrefix(o.Address, "source.") {
		return "source"
	}
	return "destination"
}

func (o Options) withDefaults() Options {
	if o.HangTimeout <= 0 {
		o.HangTimeout = 30 * time.Second
	}
	if o.MaxInFlight <= 0 {
		o.MaxInFlight = 4
	}
	if o.MaxBatchBytes <= 0 || o.MaxBatchBytes > proto.MaxBatchBytes {
		o.MaxBatchBytes = proto.MaxBatchBytes
	}
	if o.DrainTimeout <= 0 {
		o.DrainTimeout = 10 * time.Second
	}
	if o.Log == nil {
		o.Log = hclog.NewNullLogger()
	}
	if o.Identity == nil {
		o.Identity = func() delivery.Identity { return delivery.Identity{} }
	}
	if o.IDs == nil {
		o.IDs = record.NewIDs(time.Now())
	}
	if o.Restarts == nil {
		o.Restarts = &metrics.Counter{}
	}
	if o.LogLinesDropped == nil {
		o.LogLinesDropped = &metrics.Counter{}
	}
	if o.Executable.Name == "" {
		o.Executable.Name = o.Description.GetName()
	}
	return o
}

// timings are the deadlines of a plugin's life that no user sets. Tests shorten them.
type timings struct {
	// handshake, describe, validate and open bound the steps of a start.
	handshake, describe, validate, open time.Duration
	// health is the distance of health checks of an idle plugin and the time each has for its answer.
	health time.Duration
	// exit is how long the process of a stream that broke has to end by itself before it is ended.
	exit time.Duration
	// stdin, term and kill are how long a process has to end after its standard input was closed, after SIGTERM and
	// after SIGKILL.
	stdin, term, kill time.Duration
	backoff           backoffOptions
}

func defaultTimings() timings {
	return timings{
		handshake: 10 * time.Second,
		describe:  5 * time.Second,
		validate:  5 * time.Second,
		open:      30 * time.Second,
		health:    5 * time.Second,
		exit:      time.Second,
		stdin:     2 * time.Second,
		term:      2 * time.Second,
		kill:      10 * time.Second,
		backoff:   defaultBackoff(),
	}
}

// maxRuntimeDir is the longest runtime directory, in bytes: what a socket's path may take, less the names that the
// handshake library puts below the directory.
func maxRuntimeDir() int {
	if runtime.GOOS == "darwin" {
		return 65
	}
	return 69
}
