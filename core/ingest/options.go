package ingest

import (
	"context"
	"net/netip"
	"time"

	"github.com/skidway/skidway/core/record"
)

// Appender takes what was received. Append returns when the group is in the spool; the group is the caller's again.
type Appender interface {
	Append(ctx context.Context, g *record.Group) error
}

// Framing says how records are delimited in a stream.
type Framing uint8

const (
	// Newline means that a record ends with LF or CRLF.
	Newline Framing = iota
	// OctetCounted is RFC 6587 section 3.4.1: a decimal length, a space, the record.
	OctetCounted
)

// Oversize says what happens to a record above MaxRecordBytes.
type Oversize uint8

const (
	// Truncate keeps the first MaxRecordBytes bytes and marks the record.
	Truncate Oversize = iota
	// Drop drops and counts the record.
	Drop
)

// Options of one TCP source. A zero field means its default.
type Options struct {
	// Address of the source block, for example "source.tcp.app".
	Address string
	// Listen address; default 127.0.0.1:8080.
	Listen  string
	Framing Framing
	// MaxRecordBytes of one record, terminator not counted; default 256 KiB, at most 3.5 MiB.
	MaxRecordBytes int
	Oversize       Oversize
	// MaxConnections at once; default 10 000. MaxConnectionsPerPeer: 0, no limit.
	MaxConnections, MaxConnectionsPerPeer int
	// AllowFrom: empty, everyone.
	AllowFrom []netip.Prefix
	// IdleTimeout closes a silent connection; 0: never.
	IdleTimeout time.Duration
	// AllowPlaintext allows a listener off loopback without TLS.
	AllowPlaintext bool
	// TLS: nil, plaintext.
	TLS *TLSOptions
}

// TLSOptions of a TCP source. Files are read again when they change.
type TLSOptions struct {
	CertFile, KeyFile string
	// ClientCAFile given: clients must present a certificate that it verifies.
	ClientCAFile string
	// ClientNames given: whose verified name matches one of them; "*." stands for one label.
	ClientNames []string
	// MinVersion is a crypto/tls version; default TLS 1.2.
	MinVersion uint16
}
