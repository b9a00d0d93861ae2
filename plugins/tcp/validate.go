package tcp

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/skidway/skidway/plugins/internal/peer"
	"github.com/skidway/skidway/plugins/sdk"
)

// Validate returns what the schema can't say.
func (o Options) Validate() []sdk.Diagnostic {
	if o.Address == "" { // Known only when the router runs.
		return nil
	}
	host, err := splitAddress(o.Address)
	if err != nil {
		return []sdk.Diagnostic{{
			Path:    "address",
			Summary: fmt.Sprintf("The address %q is not a host and a port: %v.", o.Address, err),
			Detail:  `Write it like "logs.example.com:6514" or "[::1]:6514".`,
		}}
	}
	switch {
	case o.TLS == nil && !o.AllowPlaintext && !peer.Loopback(host):
		return []sdk.Diagnostic{{
			Path:    "address",
			Summary: "Records would cross the network unencrypted, where everyone on the way can read and change them.",
			Detail:  "Add a tls block, or set allow_plaintext = true.",
		}}
	case o.TLS != nil && o.AllowPlaintext:
		return []sdk.Diagnostic{{
			Path:    "allow_plaintext",
			Summary: "There is a tls block, so allow_plaintext has no effect.",
			Detail:  "Remove one of them.",
			Warning: true,
		}}
	}
	return nil
}

// splitAddress returns the host of an address with a usable port.
func splitAddress(address string) (host string, err error) {
	if strings.Contains(address, "://") {
		return "", errors.New("it is a URL")
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		if detail, ok := errors.AsType[*net.AddrError](err); ok {
			return "", errors.New(detail.Err)
		}
		return "", err
	}
	if host == "" {
		return "", errors.New("the host is missing")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", errors.New("the port must be a number from 1 to 65535")
	}
	return host, nil
}
