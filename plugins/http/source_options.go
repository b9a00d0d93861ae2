package http

import (
	"time"

	"github.com/skidway/skidway/plugins/sdk"
)

// SourceOptions are the attributes of a source "http" block.
type SourceOptions struct {
	Listen           string        `sk:"listen" doc:"Address and port. Off loopback it needs tls, or allow_plaintext." example:"\"0.0.0.0:8443\""`
	Path             string        `sk:"path" doc:"Where records are posted; other paths are answered with 404." example:"\"/ingest\""`
	Format           string        `sk:"format" doc:"Body: one JSON value per line (ndjson), one JSON array, of which each element is a record (json_array), or lines that are not looked at (raw)." oneof:"ndjson|json_array|raw"`
	MaxRecordBytes   sdk.Bytes     `sk:"max_record_bytes" doc:"Bytes of one record. A request with a larger one is refused." min:"1B" max:"3.5MiB"`
	MaxBodyBytes     sdk.Bytes     `sk:"max_body_bytes" doc:"Bytes of the body of one request, compressed and decompressed." min:"1KiB" max:"256MiB"`
	MaxBufferedBytes sdk.Bytes     `sk:"max_buffered_bytes" doc:"Memory for the bodies of all requests together; over it requests are answered with 503. At least three times max_body_bytes." min:"3KiB" max:"4GiB"`
	MaxConnections   int           `sk:"max_connections" doc:"Connections at once. More are closed without an answer." min:"1" max:"100000"`
	ReadTimeout      time.Duration `sk:"read_timeout" doc:"For one request to arrive in whole." min:"1s" max:"1h"`
	AcceptTimeout    time.Duration `sk:"accept_timeout" doc:"How long a request waits for its records to be accepted before it is answered with 503." min:"100ms" max:"1h"`
	IdleTimeout      time.Duration `sk:"idle_timeout" doc:"A connection without a request is closed after it." min:"1s" max:"1d"`
	BearerToken      sdk.Secret    `sk:"bearer_token" doc:"Given: requests must carry it, as Authorization: Bearer. It can't be empty; without the attribute anybody may post." example:"env(\"TOKEN\")" pattern:"[\\s\\S]+"`
	AllowPlaintext   bool          `sk:"allow_plaintext" doc:"Allow a listener off loopback without tls."`
	TLS              *SourceTLS    `sk:"tls,block" doc:"TLS of the listener, with HTTP/2. The files are read again when they change."`
}

// SourceTLS is the tls block of a source.
type SourceTLS struct {
	CertFile     sdk.Path `sk:"cert_file,required" doc:"Certificate chain in PEM." example:"\"/etc/skidway/tls/server.crt\""`
	KeyFile      sdk.Path `sk:"key_file,required" doc:"Private key in PEM." example:"\"/etc/skidway/tls/server.key\""`
	ClientCAFile sdk.Path `sk:"client_ca_file" doc:"Given: clients must present a certificate that it verifies." example:"\"/etc/skidway/tls/ca.crt\""`
	MinVersion   string   `sk:"min_version" doc:"The oldest version of TLS that is spoken." oneof:"1.2|1.3"`
}

// sourceDefaults are those of a block without tls.
func sourceDefaults() SourceOptions {
	return SourceOptions{
		Listen:           "127.0.0.1:8081",
		Path:             "/",
		Format:           formatNDJSON,
		MaxRecordBytes:   256 << 10,
		MaxBodyBytes:     16 << 20,
		MaxBufferedBytes: 48 << 20,
		MaxConnections:   1000,
		ReadTimeout:      time.Minute,
		AcceptTimeout:    10 * time.Second,
		IdleTimeout:      2 * time.Minute,
	}
}

const (
	// buffersPerBody is how many times max_body_bytes the memory for bodies has to hold, or one body alone could not
	// be taken: the compressed body, the decompressed one, and half of that while it grows.
	buffersPerBody = 3
	// headerTimeout is for the header of a request; for one that is larger than read_timeout, that.
	headerTimeout = 10 * time.Second
	// maxHeader bounds the header of a request, in bytes.
	maxHeader = 8 << 10
	// answerTimeout is for a client to take an answer.
	answerTimeout = 10 * time.Second
	// maxStreams bounds the requests at once on one HTTP/2 connection, each with a header that it may send before its token
	// is looked at.
	maxStreams = 16
	// receiveWindow bounds, in bytes, what one HTTP/2 connection may have on its way to requests.
	receiveWindow = 512 << 10
	// drainReading is how long a drain lets requests go on that have not arrived in whole.
	drainReading = 2 * time.Second
)
