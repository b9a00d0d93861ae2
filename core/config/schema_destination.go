package config

// destinationSchema is what the router owns of every destination block. The names are taken: no plugin may use them.
func destinationSchema() *Schema {
	return &Schema{
		Attributes: []*Attribute{
			{
				Name: "max_in_flight", Type: TypeNumber, Whole: true, Default: "4", Min: "1", Max: "1024",
				Description: "Batches with the plugin at once.",
			},
			{
				Name: "reject_limit", Type: TypeNumber, Default: "0.5", Min: "0.001", Max: "1",
				Description: "More than this share of the last 1000 records (at least 3 batches) rejected: the destination holds, degraded, and sends one batch a minute as a probe. 1: off.",
			},
			{
				Name: "hang_timeout", Type: TypeDuration, Default: `"30s"`, Min: `"1s"`,
				Description: "Batches outstanding and no sign of life from any: the plugin is restarted.",
			},
			enabledAttribute(),
			{Name: "rate_limit", Type: TypeNumber, Unsupported: "The name is reserved: take it out."},
			{Name: "failover", Type: TypeList, Element: TypeString, Unsupported: "The name is reserved: take it out."},
			{Name: "round_robin", Type: TypeList, Element: TypeString, Unsupported: "The name is reserved: take it out."},
		},
		Blocks: []*NestedBlock{
			{Name: "batch", Max: 1, Schema: batchSchema()},
			{Name: "retry", Max: 1, Schema: retrySchema()},
			{Name: "backlog", Max: 1, Schema: backlogSchema()},
			{Name: "dead_letter", Max: 1, Schema: deadLetterSchema()},
			{Name: "rate_limit", Schema: &Schema{open: true}, Unsupported: "The name is reserved: take the block out."},
			{Name: "failover", Schema: &Schema{open: true}, Unsupported: "The name is reserved: take the block out."},
			{Name: "round_robin", Schema: &Schema{open: true}, Unsupported: "The name is reserved: take the block out."},
		},
	}
}

func batchSchema() *Schema {
	return &Schema{
		Description: "When the records gathered are sent; the first limit reached wins.",
		Attributes: []*Attribute{
			{
				Name: "max_records", Type: TypeNumber, Whole: true, Default: "100", Min: "1", Max: "1000000",
				Description: "Records of a batch.",
			},
			{
				Name: "max_age", Type: TypeDuration, Default: `"10s"`, Min: `"1ms"`,
				Description: "Counted from when the batch got its first record.",
			},
			{
				Name: "max_bytes", Type: TypeBytes, Default: `"1MiB"`, Min: `"1B"`, Max: maxBatchText,
				Description: "Bytes of a batch. A batch takes at least one record.",
			},
			{
				Name: "max_open", Type: TypeNumber, Whole: true, Default: "1024", Min: "1", Max: "100000",
				Description: "Batches open at once when an attribute uses record values, one for each of its values; the oldest is sent when one more is needed.",
			},
		},
	}
}

func retrySchema() *Schema {
	return &Schema{
		Description: "When a batch is tried again: exponential backoff with full jitter.",
		Attributes: []*Attribute{
			{Name: "initial_delay", Type: TypeDuration, Default: `"500ms"`, Min: `"1ms"`, Description: "The first wait, at most."},
			{Name: "max_delay", Type: TypeDuration, Default: `"30s"`, Min: `"1ms"`, Description: "No wait is longer."},
			{Name: "max_elapsed", Type: TypeDuration, Default: `"0s"`, Description: "The batch is dead-lettered after it; 0s: it is tried forever."},
			{
				Name: "poison_after", Type: TypeNumber, Whole: true, Default: "20", Min: "0", Max: "1000000",
				Description: "Attempts. A batch that failed so often while later ones were accepted is halved down to the record, which is dead-lettered. 0: never.",
			},
		},
	}
}

func backlogSchema() *Schema {
	return &Schema{
		Description: "Bounds on the records that wait for this destination.",
		Attributes: []*Attribute{
			{
				Name: "max_bytes", Type: TypeBytes, Min: `"1B"`, DefaultNote: "80% of router.spool.max_bytes",
				Description: "Bytes of undelivered records; at most router.spool.max_bytes.",
			},
			{Name: "max_age", Type: TypeDuration, Default: `"0s"`, Description: "Older ones are dropped and counted; 0s: never."},
			{
				Name: "when_full", Type: TypeString, Default: `"block"`, OneOf: []string{`"block"`, `"drop_oldest"`},
				Description: "block: the sources that reach this destination wait. drop_oldest: its oldest records are dropped and counted.",
			},
		},
	}
}

func deadLetterSchema() *Schema {
	return &Schema{
		Description: "Where rejected records go: the destination's store in data_dir. Without a data_dir the last 1000 are held in memory, older ones dropped and counted.",
		Attributes: []*Attribute{
			{
				Name: "to", Type: TypeAddress, Example: "destination.file.rejected",
				Description: "Another destination instead of the store, which gets them as JSON envelopes. Not beside max_bytes and when_full: its own backlog rules.",
			},
			{
				Name: "max_bytes", Type: TypeBytes, Default: `"1GiB"`, Min: minDeadLetterText,
				Description: "Bytes of the store. Needs a data_dir.",
			},
			{
				Name: "when_full", Type: TypeString, Default: `"hold"`, OneOf: []string{`"hold"`, `"drop_oldest"`},
				Description: "When the store is full. hold: the destination stops until there is room, and its backlog rules. drop_oldest: the oldest dead letters are dropped and counted. Needs a data_dir.",
			},
		},
	}
}
