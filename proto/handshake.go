// Package proto holds the plugin contract: the handshake constants that router and plugins share, and below it the
// protobuf definitions of the services with their generated code. It imports nothing else of this module.
package proto

// The magic cookie tells an executable that a router started it, so that one started by hand can say what it is
// instead of waiting for a handshake. It is no secret.
const (
	MagicCookieKey   = "SKIDWAY_PLUGIN_COOKIE"
	MagicCookieValue = "b6d1a1f3c8e94e0f9a5d7c22e4f0935b"
)

// ProtocolVersion is the version of the contract that this release speaks. It rises only with a change that an older
// plugin could not survive; everything else is a new field.
const ProtocolVersion = 1

// PluginSetName is the name under which a plugin registers its services in the go-plugin plugin set. The set is a
// formality of the handshake library: on the wire there are only the gRPC services.
const PluginSetName = "skidway"

// MaxBatchBytes is the most data in one batch, in either direction: a record of 3.5 MiB, which is the largest, with its
// line feed. It leaves the rest of the message room below the receive limit of 4 MiB that gRPC has by default in most
// languages.
const MaxBatchBytes = 3584<<10 + 1
