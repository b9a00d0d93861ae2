package config

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// giveDataDir tells how to set a data_dir.
const giveDataDir = `Set router.data_dir, such as "/var/lib/skidway" (a service manager may set STATE_DIRECTORY instead; here it does not)`

// router fills in the router block; b is nil when there is none.
func (b *builder) router(block *hclsyntax.Block) {
	b.sourceNodes, b.destinationNodes, b.pipelineNodes = map[string]*node{}, map[string]*node{}, map[string]*node{}
	s := routerSchema()
	n := &node{schema: s}
	if block != nil {
		n = b.decode(block.Body, block.DefRange(), s, "the router block")
	}
	b.routerNode = n
	r := &b.config.Router
	r.DrainTimeout = n.duration("drain_timeout")
	r.LogLevel = n.text("log_level")
	r.LogFormat = n.text("log_format")
	b.intake = n.get("intake_max_bytes")
	r.IntakeMaxBytes = n.bytes("intake_max_bytes")
	b.dataDir(n)
	b.spool(n.block("spool"))
	b.admin(n.block("admin"))
	if len(n.blocks["destination_defaults"]) > 0 {
		b.defaults = n.blocks["destination_defaults"][0]
		b.checkDelays(b.defaults)
		b.checkDeadLetters(b.defaults)
	}
}

// dataDir sets where the router keeps what outlives it.
func (b *builder) dataDir(n *node) {
	r := &b.config.Router
	if v := n.get("data_dir"); v.v != nil || v.unknown {
		b.durable = true
		b.config.at.dataDir = v.at.Ptr()
		if r.DataDir = n.text("data_dir"); r.DataDir == "/" {
			b.fail(v.at, `"data_dir" must not be the root of all folders.`, `Name a folder of the router's own, such as "/var/lib/skidway".`)
		}
		return
	}
	list, ok := b.getenv("STATE_DIRECTORY")
	first, _, _ := strings.Cut(list, ":")
	if !ok || first == "" {
		return
	}
	b.durable = true
	if !filepath.IsAbs(first) {
		b.diags = append(b.diags, placeless(fmt.Sprintf("The environment variable STATE_DIRECTORY is %s, which is no absolute path.", quoteShort(first)),
			"A service manager sets it to the folder that router.data_dir is by default. Unset it, or set router.data_dir."))
		return
	}
	r.DataDir = filepath.Clean(first)
	n.settle("data_dir", r.DataDir, "$STATE_DIRECTORY, which the service manager sets")
}

func (b *builder) admin(n *node) {
	a := &b.config.Router.Admin
	a.Socket, a.SocketGroup = n.text("socket"), n.text("socket_group")
	socket, named := n.given("socket")
	if named {
		b.config.at.socket = socket.Ptr()
	}
	group, given := n.given("socket_group")
	if !given {
		return
	}
	b.config.at.socketGroup = group.Ptr()
	if named {
		return
	}
	if dir, ok := b.getenv("RUNTIME_DIRECTORY"); ok && dir != "" {
		return
	}
	// Whether a service manager makes a folder for the socket shows only where the router runs.
	const hint = `Where the socket lies by default only the router's user can go. Set socket, such as "/run/skidway/admin.sock"; under a service manager that sets RUNTIME_DIRECTORY it need not be.`
	if b.opts.NeedSecrets {
		b.fail(group, `"socket_group" needs "socket" beside it.`, hint)
		return
	}
	b.diags = append(b.diags, warning(group, CodeNote, `"socket_group" needs "socket" beside it, or RUNTIME_DIRECTORY.`, hint))
}
