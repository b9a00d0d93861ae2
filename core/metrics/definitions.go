package metrics

// Source counts what one source took in.
type Source struct {
	Accepted, AcceptedBytes  Counter
	Truncated, DroppedBig    Counter // records above the size limit
	FramingErrors            Counter
	Connections              Gauge
	ConnectionsTotal         Counter
	RefusedLimit, RefusedNet Counter // connections: over a limit; not in allow_from
	TLSErrors                Counter
	Unaccepted               Counter // records read and never accepted: they never ended, or the spool took no more
	Evicted                  Counter // connections closed because unfinished records filled intake_max_bytes
}

// Destination counts what became of one destination's records. Every record appended for it is in exactly one of
// Delivered, DeadLettered, the Dropped ones, or still held.
type Destination struct {
	Delivered, DeliveredBytes   Counter
	DeadLettered                Counter // to a store or another destination
	DeadLetteredMemory          Counter // of those, the ones that exist in memory only
	DroppedFull, DroppedExpired Counter
	DroppedDeadLetter           Counter // fell out of the bounded memory of dead letters
	Batches, Retries            Counter
	InvalidVerdicts             Counter
	Restarts                    Counter // of the plugin
	PluginLogDropped            Counter // log lines over the rate limit
}

// Definition describes one exported metric.
type Definition struct {
	Name, Unit, Help string
	Labels           []string
}

// Definitions returns every metric, in the order in which documentation lists them.
func Definitions() []Definition {
	return []Definition{
		{"skidway_records_accepted_total", "records", "Records accepted into the spool.", []string{"source"}},
		{"skidway_bytes_accepted_total", "bytes", "Bytes of records accepted into the spool, terminators included.", []string{"source"}},
		{"skidway_records_truncated_total", "records", "Records cut at max_record_bytes.", []string{"source"}},
		{"skidway_records_oversize_dropped_total", "records", "Records dropped because they were above max_record_bytes.", []string{"source"}},
		{"skidway_framing_errors_total", "errors", "Connections closed because their bytes were not in the configured framing.", []string{"source"}},
		{"skidway_connections", "connections", "Connections open.", []string{"source"}},
		{"skidway_connections_total", "connections", "Connections accepted.", []string{"source"}},
		{"skidway_connections_refused_total", "connections", "Connections refused.", []string{"source", "reason"}},
		{"skidway_records_unaccepted_total", "records", "Records read and never accepted: their end did not come before the connection's, or a stop came first.", []string{"source"}},
		{"skidway_connections_evicted_total", "connections", "Connections closed because unfinished records filled intake_max_bytes.", []string{"source"}},
		{"skidway_tls_errors_total", "errors", "TLS handshakes that failed.", []string{"source"}},
		{"skidway_records_delivered_total", "records", "Records the destination accepted.", []string{"destination"}},
		{"skidway_bytes_delivered_total", "bytes", "Bytes of records the destination accepted, terminators included.", []string{"destination"}},
		{"skidway_records_dead_lettered_total", "records", "Records given up on and kept as dead letters.", []string{"destination"}},
		{"skidway_records_dropped_total", "records", "Records dropped by policy.", []string{"where", "reason"}},
		{"skidway_batches_total", "batches", "Batches sent, each attempt counted.", []string{"destination"}},
		{"skidway_retries_total", "batches", "Batches that the destination asked to have again.", []string{"destination"}},
		{"skidway_invalid_verdicts_total", "verdicts", "Verdicts that contradict the protocol.", []string{"destination"}},
		{"skidway_plugin_restarts_total", "restarts", "Plugin processes started again.", []string{"destination"}},
		{"skidway_plugin_log_lines_dropped_total", "lines", "Log lines of a plugin that were over the rate limit.", []string{"destination"}},
	}
}
