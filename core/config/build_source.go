package config

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/skidway/skidway/core/ingest"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

func (b *builder) sources(blocks []*hclsyntax.Block) {
	for _, block := range blocks {
		src := Source{Address: addressOf(block), Range: block.DefRange()}
		var n *node
		if block.Labels[0] == "tcp" {
			n = b.decode(block.Body, src.Range, tcpSourceSchema(), title(block))
			src.TCP = b.tcp(src.Address, n)
		} else {
			n = b.pluginSource(block, &src)
		}
		if n == nil {
			continue
		}
		b.sourceNodes[src.Address] = n
		if b.enabled(src.Address, n) {
			b.config.Sources = append(b.config.Sources, src)
		}
	}
}

// pluginSource decodes a source that a plugin provides; nil: it can't be.
func (b *builder) pluginSource(block *hclsyntax.Block, src *Source) *node {
	if instead, ok := reservedSources()[block.Labels[0]]; ok {
		b.fail(block.LabelRanges[0], fmt.Sprintf("The source type %q is not supported yet.", block.Labels[0]), instead)
		return nil
	}
	p := b.plugin(block, providesSource, "tcp")
	if p == nil {
		return nil
	}
	src.Plugin = p
	if p.Description == nil {
		s := openSchema(sourceSchema().mustPrepare())
		return b.decode(block.Body, src.Range, s, title(block))
	}
	merged, own, err := sourceSchemaOf(p.Description)
	if err != nil {
		b.fail(block.LabelRanges[0], fmt.Sprintf("What the plugin %q says of its source is not valid: %v.", p.Name, err), "Ask its author.")
		return nil
	}
	n, config := b.pluginBody(p, pluginv1.Role_ROLE_SOURCE, block, merged, own)
	src.ConfigJSON = config
	return n
}

// pluginBody decodes a block by the merged schema and makes the plugin's configuration of its own part.
func (b *builder) pluginBody(p *Plugin, role pluginv1.Role, block *hclsyntax.Block, merged, own *Schema) (*node, []byte) {
	before := len(b.diags)
	n := b.decode(block.Body, block.DefRange(), merged, title(block))
	config, err := n.pluginJSON(own)
	if err != nil {
		b.fail(n.at, fmt.Sprintf("The block can't be passed to its plugin: %v.", err), "Look for numbers that are too large.")
		return n, nil
	}
	if !b.diags[before:].HasErrors() {
		b.validate(p, role, addressOf(block), n, config)
	}
	return n, config
}

// tcp makes the options of a tcp source.
func (b *builder) tcp(address string, n *node) *ingest.Options {
	o := &ingest.Options{
		Address:               address,
		Listen:                n.text("listen"),
		MaxRecordBytes:        int(n.bytes("max_record_bytes")),
		MaxConnections:        n.integer("max_connections"),
		MaxConnectionsPerPeer: n.integer("max_connections_per_peer"),
		IdleTimeout:           n.duration("idle_timeout"),
		AllowPlaintext:        n.flag("allow_plaintext"),
	}
	if n.text("framing") == "octet_counted" {
		o.Framing = ingest.OctetCounted
	}
	if n.text("oversize") == "drop" {
		o.Oversize = ingest.Drop
	}
	for i, text := range n.texts("allow_from") {
		prefix, ok := parseNetwork(text)
		if !ok {
			b.fail(n.element("allow_from", i), fmt.Sprintf("%s is neither a network nor an address.", b.shown(n.get("allow_from"), text)),
				`Write it as "10.0.0.0/8" or "192.0.2.7".`)
			continue
		}
		o.AllowFrom = append(o.AllowFrom, prefix)
	}
	if len(n.blocks["tls"]) > 0 {
		o.TLS = b.serverTLS(n.blocks["tls"][0])
	}
	b.checkListen(n, o)
	if limit, ok := b.intake.v.(int64); ok && int64(o.MaxRecordBytes) > limit {
		b.fail(n.get("max_record_bytes").at, fmt.Sprintf(`"max_record_bytes" must be at most router.intake_max_bytes, which is %s.`, formatBytes(limit)),
			"Make one smaller or the other larger.")
	}
	return o
}

// shown is a value as a message may show it.
func (b *builder) shown(v *value, text string) string {
	if v.hidden {
		return "The value"
	}
	return quoteShort(text)
}

func parseNetwork(text string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		return netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), true
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, false
	}
	return p.Masked(), true
}

func (b *builder) serverTLS(n *node) *ingest.TLSOptions {
	o := &ingest.TLSOptions{
		CertFile:     n.text("cert_file"),
		KeyFile:      n.text("key_file"),
		ClientCAFile: n.text("client_ca_file"),
		ClientNames:  n.texts("client_names"),
		MinVersion:   tls.VersionTLS12,
	}
	if n.text("min_version") == "1.3" {
		o.MinVersion = tls.VersionTLS13
	}
	if at, given := n.given("client_names"); given && len(o.ClientNames) > 0 && o.ClientCAFile == "" && !n.get("client_ca_file").unknown {
		b.fail(at, `"client_names" needs "client_ca_file" beside it.`, "Names are only known of certificates that are verified.")
	}
	if b.opts.NeedSecrets {
		b.checkTLSFiles(n, time.Now())
	}
	return o
}

// checkListen answers an address that can't be listened at, or not without TLS.
func (b *builder) checkListen(n *node, o *ingest.Options) {
	v := n.get("listen")
	if v.unknown {
		return
	}
	host, port, err := net.SplitHostPort(o.Listen)
	if _, portErr := strconv.ParseUint(port, 10, 16); err != nil || portErr != nil {
		b.fail(v.at, fmt.Sprintf("%s is not an address to listen at.", b.shown(v, o.Listen)), `Write host and port, such as "127.0.0.1:8080" or "0.0.0.0:6514".`)
		return
	}
	if isLoopback(host) || o.TLS != nil || o.AllowPlaintext || n.get("allow_plaintext").unknown {
		return
	}
	b.fail(v.at, "The listener is reachable from other machines and has no TLS.",
		"Add a tls block, listen at 127.0.0.1, or say allow_plaintext = true.")
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

// checkListeners answers tcp sources that would listen at the same address.
func (b *builder) checkListeners() {
	type listener struct {
		host, port string
		at         hcl.Range
	}
	var seen []listener
	for _, s := range b.config.Sources {
		if s.TCP == nil {
			continue
		}
		v := b.sourceNodes[s.Address].get("listen")
		host, port, err := net.SplitHostPort(s.TCP.Listen)
		if err != nil || v.unknown || port == "0" {
			continue
		}
		i := slices.IndexFunc(seen, func(o listener) bool { return o.port == port && hostsMeet(o.host, host) })
		if i >= 0 {
			b.fail(v.at, fmt.Sprintf("%s is already listened at, by the source at %s.", b.shown(v, s.TCP.Listen), placeText(seen[i].at)),
				"Give one of them another port.")
			continue
		}
		seen = append(seen, listener{host: host, port: port, at: v.at})
	}
}

// hostsMeet says whether two listeners on one port are in each other's way.
func hostsMeet(a, b string) bool {
	x, y := listenHost(a), listenHost(b)
	switch {
	case x == y:
		return true
	case x == "::" || y == "::":
		return true
	case x == "0.0.0.0":
		return !isIPv6(y)
	case y == "0.0.0.0":
		return !isIPv6(x)
	}
	return false
}

func listenHost(host string) string {
	switch host {
	case "":
		return "::"
	case "localhost":
		return "127.0.0.1"
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Unmap().String()
	}
	return host
}

func isIPv6(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.Is6()
}
