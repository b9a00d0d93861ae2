package ingest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// Limits and defaults of Options.
const (
	DefaultListen         = "127.0.0.1:8080"
	DefaultMaxRecordBytes = 256 << 10
	LargestRecordBytes    = 7 << 19 // 3.5 MiB
	DefaultMaxConnections = 10_000
)

// Validate says what is wrong with the options, apart from files and addresses that only Listen can tell. Zero fields
// count as their defaults.
func (o Options) Validate() error {
	o = o.withDefaults()
	host, _, err := net.SplitHostPort(o.Listen)
	switch {
	case err != nil:
		return fmt.Errorf("read listen %q: %w; write host:port", o.Listen, err)
	case o.Framing > OctetCounted:
		return fmt.Errorf("framing %d is unknown", o.Framing)
	case o.Oversize > Drop:
		return fmt.Errorf("oversize %d is unknown", o.Oversize)
	case o.MaxRecordBytes < 0 || o.MaxRecordBytes > LargestRecordBytes:
		return fmt.Errorf("max_record_bytes is %d; it must be at least 1 and at most 3.5MiB", o.MaxRecordBytes)
	case o.MaxConnections < 0:
		return fmt.Errorf("max_connections is %d; it must be at least 1", o.MaxConnections)
	case o.MaxConnectionsPerPeer < 0:
		return fmt.Errorf("max_connections_per_peer is %d; it must be at least 0, which means no limit", o.MaxConnectionsPerPeer)
	case o.IdleTimeout < 0:
		return fmt.Errorf("idle_timeout is %s; it must be at least 0s, which means never", o.IdleTimeout)
	}
	for _, p := range o.AllowFrom {
		if !p.IsValid() {
			return errors.New("allow_from holds an invalid prefix; write them like 10.0.0.0/8")
		}
	}
	if o.TLS != nil {
		return o.TLS.validate()
	}
	if addr, err := netip.ParseAddr(host); host == "" || err == nil && !loopback(addr) {
		return o.plaintext(o.Listen)
	}
	return nil
}

// plaintext returns the error about listening on addr without TLS, unless that is allowed.
func (o *Options) plaintext(addr string) error {
	if o.TLS != nil || o.AllowPlaintext {
		return nil
	}
	return fmt.Errorf("listen on %s without TLS: other machines could read and forge the records; "+
		"add a tls block, listen on 127.0.0.1, or set allow_plaintext = true", addr)
}

func loopback(addr netip.Addr) bool { return addr.Unmap().IsLoopback() }

// Defaults returns what zero fields stand for.
func Defaults() Options { return Options{}.withDefaults() }

// withDefaults returns the options without zero fields where those have a default.
func (o Options) withDefaults() Options {
	if o.Listen == "" {
		o.Listen = DefaultListen
	}
	if o.MaxRecordBytes == 0 {
		o.MaxRecordBytes = DefaultMaxRecordBytes
	}
	if o.MaxConnections == 0 {
		o.MaxConnections = DefaultMaxConnections
	}
	return o
}

func (o *TLSOptions) validate() error {
	switch {
	case o.CertFile == "" || o.KeyFile == "":
		return errors.New("tls needs cert_file and key_file")
	case len(o.ClientNames) > 0 && o.ClientCAFile == "":
		return errors.New("client_names need client_ca_file: only a verified certificate has a name to go by")
	case o.MinVersion != 0 && o.MinVersion != tls.VersionTLS12 && o.MinVersion != tls.VersionTLS13:
		return fmt.Errorf("min_version is %s; it must be 1.2 or 1.3", tls.VersionName(o.MinVersion))
	}
	for _, name := range o.ClientNames {
		if rest := strings.TrimPrefix(name, "*."); rest == "" || strings.Contains(rest, "*") {
			return fmt.Errorf("client_names: %q: write a name, or *. and the rest of a name", name)
		}
	}
	return nil
}
