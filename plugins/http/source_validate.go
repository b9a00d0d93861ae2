package http

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/skidway/skidway/plugins/internal/peer"
	"github.com/skidway/skidway/plugins/sdk"
)

// Validate returns what the schema can't say.
func (o SourceOptions) Validate() []sdk.Diagnostic {
	var ds []sdk.Diagnostic
	ds = append(ds, o.diagnoseListen()...)
	ds = append(ds, o.diagnosePath()...)
	ds = append(ds, o.diagnoseSizes()...)
	if strings.ContainsFunc(string(o.BearerToken), func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		ds = append(ds, sdk.Diagnostic{
			Path:    "bearer_token",
			Summary: "The token holds white space or characters that a header can't carry.",
			Detail:  "A secret read from a file often ends in a line feed: wrap it in trimspace().",
		})
	}
	return ds
}

// diagnoseListen finds addresses that can't be listened at, or not without TLS.
func (o SourceOptions) diagnoseListen() []sdk.Diagnostic {
	host, port, err := net.SplitHostPort(o.Listen)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil || strings.ContainsAny(host, "/ ") {
		return []sdk.Diagnostic{{
			Path:    "listen",
			Summary: fmt.Sprintf("%q is not an address to listen at.", o.Listen),
			Detail:  `Write host and port, such as "127.0.0.1:8081" or "0.0.0.0:8443".`,
		}}
	}
	if o.TLS != nil || peer.Loopback(host) {
		return nil
	}
	if !o.AllowPlaintext {
		return []sdk.Diagnostic{{
			Path:    "listen",
			Summary: "The listener is reachable from other machines and has no TLS.",
			Detail:  "Add a tls block, listen at 127.0.0.1, or say allow_plaintext = true.",
		}}
	}
	if o.BearerToken != "" {
		return []sdk.Diagnostic{{
			Path:    "bearer_token",
			Summary: "Senders on other machines send the token over http://, where everyone on the way can read it.",
			Detail:  "Add a tls block, unless something in front of the router speaks TLS.",
			Warning: true,
		}}
	}
	return nil
}

func (o SourceOptions) diagnosePath() []sdk.Diagnostic {
	d := sdk.Diagnostic{Path: "path", Detail: `Write it like "/ingest".`}
	switch {
	case !strings.HasPrefix(o.Path, "/"):
		d.Summary = "The path must begin with /."
	case strings.ContainsAny(o.Path, "?#"):
		d.Summary = "The path holds a query or a fragment, which are not part of it."
	case strings.ContainsFunc(o.Path, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		d.Summary = "The path holds white space or a control character."
	default:
		return nil
	}
	return []sdk.Diagnostic{d}
}

// diagnoseSizes finds limits that leave no room for each other.
func (o SourceOptions) diagnoseSizes() []sdk.Diagnostic {
	var ds []sdk.Diagnostic
	if o.MaxRecordBytes > o.MaxBodyBytes {
		ds = append(ds, sdk.Diagnostic{
			Path:    "max_record_bytes",
			Summary: fmt.Sprintf("A record of %s does not fit into a body of at most %s.", bytesText(o.MaxRecordBytes), bytesText(o.MaxBodyBytes)),
			Detail:  "Make max_body_bytes larger or max_record_bytes smaller.",
		})
	}
	if o.MaxBufferedBytes < buffersPerBody*o.MaxBodyBytes {
		ds = append(ds, sdk.Diagnostic{
			Path:    "max_buffered_bytes",
			Summary: fmt.Sprintf("%s is not enough for one body of %s.", bytesText(o.MaxBufferedBytes), bytesText(o.MaxBodyBytes)),
			Detail:  fmt.Sprintf("Make it %s or more, or max_body_bytes smaller.", bytesText(buffersPerBody*o.MaxBodyBytes)),
		})
	}
	return ds
}

// bytesText writes a size as the configuration does.
func bytesText(n sdk.Bytes) string {
	for _, u := range []struct {
		unit sdk.Bytes
		name string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= u.unit && n%u.unit == 0 {
			return strconv.FormatInt(int64(n/u.unit), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(n), 10) + "B"
}
