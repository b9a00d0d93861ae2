package http

import (
	"time"

	"github.com/skidway/skidway/plugins/internal/peer"
	"github.com/skidway/skidway/plugins/sdk"
)

// Options are the attributes of a destination "http" block.
type Options struct {
	Endpoint       sdk.URL           `sk:"endpoint,required" doc:"Where requests go, http or https. Redirects are not followed." example:"https://logs.example.com/ingest"`
	Method         string            `sk:"method" doc:"Request method." oneof:"POST|PUT|PATCH"`
	Headers        map[string]string `sk:"headers" doc:"Headers of every request. They replace the ones the destination sets itself. Values made by env(), file(), credential() or sensitive() are never shown." example:"{ X-Tenant = \"payments\" }"`
	Format         string            `sk:"format" doc:"Body: one JSON value per line (ndjson), one JSON array (json_array), or the records as they are, each followed by a line feed (raw)." oneof:"ndjson|json_array|raw"`
	Compress       string            `sk:"compress" doc:"Compression of the body." oneof:"none|gzip|zstd"`
	Timeout        time.Duration     `sk:"timeout" doc:"Time for one request, from dialing to the end of the answer. Keep it below the block's hang_timeout." example:"10s"`
	BearerToken    sdk.Secret        `sk:"bearer_token" doc:"Sent as Authorization: Bearer. It can't be empty." example:"env(\"TOKEN\")" pattern:"[\\s\\S]+"`
	AllowPlaintext bool              `sk:"allow_plaintext" doc:"Send credentials over http:// to another machine."`
	BasicAuth      *BasicAuth        `sk:"basic_auth,block" doc:"User name and password, sent as Authorization: Basic."`
	TLS            *peer.TLS         `sk:"tls,block" doc:"TLS of an https endpoint."`
}

// Rules says what excludes each other.
func (Options) Rules() []sdk.Rule { return []sdk.Rule{sdk.Conflicts("basic_auth", "bearer_token")} }

// BasicAuth is the basic_auth block.
type BasicAuth struct {
	Username string     `sk:"username,required" doc:"User name. It can't be empty." example:"router" pattern:"[\\s\\S]+"`
	Password sdk.Secret `sk:"password" doc:"Password." example:"env(\"PASSWORD\")"`
}

// Values of Options.Format and Options.Compress.
const (
	formatNDJSON = "ndjson"
	formatArray  = "json_array"
	formatRaw    = "raw"

	compressNone = "none"
	compressGzip = "gzip"
	compressZstd = "zstd"
)

func defaults() Options {
	return Options{
		Method:   "POST",
		Format:   formatNDJSON,
		Compress: compressNone,
		Timeout:  10 * time.Second,
	}
}
