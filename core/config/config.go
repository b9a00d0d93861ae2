package config

import (
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/ingest"
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
}

// Router is the router block.
type Router struct {
	DrainTimeout   time.Duration
	LogLevel       string // debug, info, warn, error
	LogFormat      string // auto, text, json
	IntakeMaxBytes int64
	Spool          spool.Options
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
	Address     string
	Range       hcl.Range
	Plugin      *Plugin
	ConfigJSON  []byte
	Delivery    delivery.Options
	Backlog     spool.BacklogOptions
	HangTimeout time.Duration
	// DeadLetterTo is the address of another destination; empty: the store.
	DeadLetterTo string
}

// Pipeline is one pipeline block.
type Pipeline struct {
	Address string // "pipeline.main"
	Range   hcl.Range
	// From are addresses of sources; To addresses of destinations and pipelines, each at most once.
	From, To []string
}
