package file

import (
	"fmt"
	"os"

	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/plugins/sdk"
)

// host is what a destination knows of its block and of the router, whether it writes one file or many.
type host struct {
	opts Options
	perm os.FileMode
	log  hclog.Logger
	// boot, owner and epoch are what the state is valid for; durable tells the router what is synced, and exit that the
	// process has to end.
	boot, owner [16]byte
	epoch       uint64
	durable     func(position uint64)
	exit        func(reason string)
	// forgets: the router keeps no accepted record until it is synced, because its spool is in memory.
	forgets bool
}

func newHost(o Options) host {
	return host{opts: o, boot: bootID(), log: hclog.NewNullLogger(), durable: func(uint64) {}, exit: func(string) {}}
}

// meet takes over what the router says when it opens the destination.
func (h *host) meet(c sdk.Config) (err error) {
	if c.Log != nil {
		h.log = c.Log
	}
	h.owner, h.epoch = owner(c.SpoolID, c.Address), c.CursorEpoch
	h.forgets = c.StateDir == ""
	if c.Durable != nil && h.opts.Sync != "batch" {
		h.durable = c.Durable
	}
	if c.Exit != nil {
		h.exit = c.Exit
	}
	if h.perm, err = h.opts.mode(); err != nil {
		return fmt.Errorf("mode %q: %w", h.opts.Mode, err)
	}
	return nil
}
