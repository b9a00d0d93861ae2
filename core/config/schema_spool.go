package config

// Defaults of the spool, where they depend on where it is. Those of a spool on disk are the spool's own, which knows the
// filesystem; see CheckSpace.
const (
	memorySpoolBytes   = 64 << 20
	memorySegmentBytes = 4 << 20
	diskSegmentBytes   = 64 << 20
	diskSpoolMost      = 8 << 30
	diskSpoolShare     = share(20)
	diskSpoolLeast     = 16 << 20
)

// spoolSchema is router.spool.
func spoolSchema() *Schema {
	return &Schema{
		Description: "The log that every destination reads with a cursor of its own.",
		Attributes: []*Attribute{
			{
				Name: "storage", Type: TypeString, OneOf: []string{`"memory"`, `"disk"`}, DefaultNote: "disk when data_dir is set, else memory",
				Description: "Where records are held. On disk they outlive the router, in data_dir/spool.",
			},
			{
				Name: "max_bytes", Type: TypeBytes, Share: true, Min: `"16MiB"`, Example: `"8GiB"`,
				DefaultNote: "in memory 64MiB; on disk the smaller of 8GiB and 20% of the filesystem",
				Description: "Bytes of all segments. Sources wait, or destinations lose their oldest records, when it is full. On disk also a share of the filesystem.",
			},
			{
				Name: "segment_bytes", Type: TypeBytes, Min: `"64KiB"`, Max: `"1GiB"`,
				DefaultNote: "the smaller of 64MiB (in memory 4MiB) and a quarter of max_bytes",
				Description: "The size of a segment; at most a quarter of max_bytes.",
			},
			{
				Name: "min_free", Type: TypeBytes, Share: true, Default: `"5%"`, Min: `"1B"`, Example: `"2GiB"`,
				Description: "On disk: intake stops while the filesystem has less, whoever filled it; delivery goes on.",
			},
			{
				Name: "sync", Type: TypeString, Default: `"batch"`, OneOf: []string{`"batch"`, `"interval"`},
				Description: "On disk: batch accepts a record when it is on the disk for good (fdatasync, shared by all that wait). interval accepts it when it is written, and syncs every sync_interval: a power cut loses what came since.",
			},
			{
				Name: "sync_interval", Type: TypeDuration, Default: `"1s"`, Min: `"10ms"`,
				Description: `On disk, with sync = "interval": the time between two syncs.`,
			},
			{
				Name: "retain", Type: TypeDuration, Default: `"0s"`,
				Description: "On disk: delivered records are kept at least this long within max_bytes; undelivered ones come first.",
			},
		},
	}
}

// adminSchema is router.admin.
func adminSchema() *Schema {
	const listeners = "This release answers on the socket only: take it out."
	return &Schema{
		Description: "How commands such as status reach the running router: over a Unix socket, which is always there.",
		Attributes: []*Attribute{
			{
				Name: "socket", Type: TypePath, Example: `"/run/skidway/admin.sock"`,
				DefaultNote: "admin.sock in $RUNTIME_DIRECTORY, else in data_dir, else a name of its own in $XDG_RUNTIME_DIR or $TMPDIR",
				Description: "The socket's path.",
			},
			{
				Name: "socket_group", Type: TypeString, DefaultNote: "the router's user alone", Example: `"ops"`, Pattern: `[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}`,
				Description: "A group that may use the socket too.",
			},
			{Name: "listen", Type: TypeString, Unsupported: listeners},
			{Name: "token", Type: TypeString, Unsupported: listeners},
			{Name: "metrics_listen", Type: TypeString, Unsupported: listeners},
		},
		Blocks: []*NestedBlock{
			{Name: "tls", Max: 1, Schema: &Schema{open: true}, Unsupported: "This release answers on the socket only: take the block out."},
		},
	}
}
