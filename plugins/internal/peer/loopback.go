package peer

import (
	"net/netip"
	"strings"
)

// Loopback reports whether host, a name or an address without a port, is this machine: a loopback address, or
// localhost or a name below it. Other names are not looked up, so one that happens to lead here counts as elsewhere.
func Loopback(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}
