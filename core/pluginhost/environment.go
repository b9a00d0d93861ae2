package pluginhost

import (
	"os"
	"strings"

	"github.com/skidway/skidway/proto"
)

// bundledMemoryLimit keeps the garbage collector of an idle bundled plugin from growing the heap; it is no hard limit.
const bundledMemoryLimit = "GOMEMLIMIT=64MiB"

// minimalEnvironment names the variables of the router that every plugin gets: what a program needs to find other
// programs, its temporary directory, its language, the way out of the network, and whom to trust.
func minimalEnvironment() []string {
	return []string{
		"PATH", "HOME", "TMPDIR", "LANG", "TZ",
		"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
		"http_proxy", "https_proxy", "no_proxy", "all_proxy",
		"SSL_CERT_FILE", "SSL_CERT_DIR",
	}
}

// environment returns a plugin's environment. handshake comes last, and nothing that the user names replaces it.
func environment(x Executable, handshake []string) []string {
	var env []string
	for _, names := range [][]string{minimalEnvironment(), x.PassEnv} {
		for _, name := range names {
			if strings.HasPrefix(name, "PLUGIN_") || name == proto.MagicCookieKey {
				continue
			}
			if v, ok := os.LookupEnv(name); ok {
				env = append(env, name+"="+v)
			}
		}
	}
	if x.Path == "" {
		env = append(env, bundledMemoryLimit)
	}
	return append(env, handshake...)
}
