package metrics

// Source counts what one source took in. Bytes include terminators.
type Source struct {
	// Accepted records and their bytes: they are in the spool.
	Accepted, AcceptedBytes Counter
	// Truncated and DroppedBig are records above max_record_bytes, by what oversize says.
	Truncated, DroppedBig Counter
	// Unaccepted records were read and never accepted: they never ended, or the spool took no more.
	Unaccepted Counter
	// FramingErrors are connections closed because their bytes were not in the configured framing.
	FramingErrors Counter
	// Connections are open now, ConnectionsTotal were accepted.
	Connections      Gauge
	ConnectionsTotal Counter
	// RefusedLimit and RefusedNet are connections over a limit, and from outside of allow_from.
	RefusedLimit, RefusedNet Counter
	// TLSErrors are handshakes that failed.
	TLSErrors Counter
	// Evicted are connections closed because unfinished records filled intake_max_bytes.
	Evicted Counter
}

// Destination counts what became of one destination's records. Every record appended for it is in exactly one of
// Delivered, DeadLettered, DroppedFull, DroppedExpired and DroppedDamaged, or still held. Bytes include terminators.
type Destination struct {
	Delivered, DeliveredBytes Counter
	// DeadLettered records were given up and kept; DeadLetteredMemory are those of them that are kept in memory only.
	// DroppedDeadLetter are dead letters, in memory or on disk, that gave way to newer ones.
	DeadLettered, DeadLetteredMemory, DroppedDeadLetter Counter
	// ReplayedDeadLetter and PurgedDeadLetter are dead letters that were taken out of the store: appended to the spool
	// again, and deleted on request.
	ReplayedDeadLetter, PurgedDeadLetter Counter
	// DeadLetterBytes are the bytes of the store's segments on disk.
	DeadLetterBytes Gauge
	// DroppedFull and DroppedExpired are records dropped by when_full and max_age of the backlog, DroppedDamaged those
	// that damage of the disk made unreadable.
	DroppedFull, DroppedExpired, DroppedDamaged Counter
	// Batches sent, each attempt counted, and Retries of them: the destination asked to have them again.
	Batches, Retries Counter
	// InvalidVerdicts contradict the protocol.
	InvalidVerdicts Counter
	// Restarts of the plugin, and PluginLogDropped, its log lines over the rate limit.
	Restarts, PluginLogDropped Counter
}
