package config

import (
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/ingest"
	"github.com/skidway/skidway/core/pipeline"
	"github.com/skidway/skidway/core/spool"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// Config is a configuration without mistakes. Disabled blocks are not in it, nor in any list of addresses.
type Config struct {
	Router       Router
	Sources      []Source      // in the order of the files
	Destinations []Destination // in the order of the files
	Pipelines    []Pipeline    // in the order of the files
	// Secrets are all sensitive values that occur in it, for scrubbing. Longest first, none empty.
	Secrets []string

	at places
}

// DataDirPlace is where router.data_dir is written; nil: nowhere.
func (c *Config) DataDirPlace() *hcl.Range { return c.at.dataDir }

// SocketPlace is where router.admin.socket is written; nil: nowhere.
func (c *Config) SocketPlace() *hcl.Range { return c.at.socket }

// SocketGroupPlace is where router.admin.socket_group is written; nil: nowhere.
func (c *Config) SocketGroupPlace() *hcl.Range { return c.at.socketGroup }

// places are where values stand that the machine has a say in.
type places struct {
	dataDir, socket, socketGroup *hcl.Range
	spool, segment               hcl.Range
	// spoolSet: there is a spool block.
	spoolSet bool
	backlogs map[string]hcl.Range // by address; only those that are given
	blocking blockingSum
	// warned: Load has warned of what the destinations that block may hold together.
	warned bool
}

// Router is the router block.
type Router struct {
	DrainTimeout   time.Duration
	LogLevel       string // debug, info, warn, error
	LogFormat      string // auto, text, json
	IntakeMaxBytes int64
	// DataDir is where everything that outlives the process lies, absolute; empty: nowhere.
	DataDir string
	// Disk: the spool is on disk, in DataDir, and obeys DiskSpool; otherwise it is in memory and obeys Spool.
	Disk      bool
	Spool     spool.Options
	DiskSpool spool.DiskOptions
	Admin     Admin
}

// Admin is the router's admin block. A zero field means its default.
type Admin struct {
	// Socket is the path of the admin socket, absolute.
	Socket string
	// SocketGroup may use the socket besides the router's user.
	SocketGroup string
}

// Plugin is a plugin as the configuration names it.
type Plugin struct {
	// Name is the type label.
	Name string
	// Path of the executable, absolute; empty: bundled.
	Path        string
	PassEnv     []string
	Description *pluginv1.DescribeResponse
}

// Source is one source block.
type Source struct {
	Address string
	Range   hcl.Range
	// TCP is set for the source in the core; otherwise Plugin and ConfigJSON.
	TCP        *ingest.Options
	Plugin     *Plugin
	ConfigJSON []byte
}

// Destination is one destination block.
type Destination struct {
	Address    string
	Range      hcl.Range
	Plugin     *Plugin
	ConfigJSON []byte
	// Resolve is what is computed for every record; nil: nothing.
	Resolve     *Resolve
	Delivery    delivery.Options
	Backlog     spool.BacklogOptions
	HangTimeout time.Duration
	// DeadLetterTo is the address of another destination; empty: the store.
	DeadLetterTo string
	// DeadLetters bound the store when there is a data_dir.
	DeadLetters DeadLetters
}

// DeadLetters are the bounds of a destination's store of dead letters.
type DeadLetters struct {
	// MaxBytes of all its files.
	MaxBytes int64
	// DropOldest makes room at MaxBytes by dropping the oldest; otherwise the lane holds until there is room.
	DropOldest bool
}

// Pipeline is one pipeline block.
type Pipeline struct {
	Address string // "pipeline.main"
	Range   hcl.Range
	// From are addresses of sources; To addresses of all destinations and pipelines that it leads to, each at most once.
	From, To []string
	// Steps are its transforms and routes; nil: it has none, and every record goes to To as it is.
	Steps *pipeline.Options
}
