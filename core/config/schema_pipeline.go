package config

// pipelineSchema is the pipeline block.
func pipelineSchema() *Schema {
	s := &Schema{
		Description: "What leads from sources to destinations: transforms in order, then the routes, or to for all records.",
		Attributes: []*Attribute{
			{
				Name: "from", Type: TypeList, Element: TypeAddress, Default: "", DefaultNote: "none: other pipelines feed it", Example: "[source.tcp.app]",
				Description: "Sources. Every pipeline that names a source gets all its records.",
			},
			toAttribute("Destinations and pipelines that get every record. Not beside routes."),
			enabledAttribute(),
		},
		Blocks: []*NestedBlock{
			{Name: "transform", Label: "KIND", Kinds: transformKinds()},
			{Name: "route", Label: "NAME", Schema: routeSchema()},
			{Name: "otherwise", Max: 1, Schema: otherwiseSchema(), acts: true},
		},
		Rules: []Rule{{Kind: Conflicts, Names: []string{"to", "route"}}, {Kind: Conflicts, Names: []string{"to", "otherwise"}}},
	}
	return s.mustPrepare()
}

func toAttribute(description string) *Attribute {
	return &Attribute{
		Name: "to", Type: TypeList, Element: TypeAddress, Example: "[destination.stdout.console]", Description: description,
	}
}

func routeSchema() *Schema {
	to := toAttribute("Destinations and pipelines. Each gets a record at most once from one pipeline.")
	to.Required = true
	return &Schema{
		Description: "Takes the records that when is true for. Routes are tried in order, and each that matches takes the record.",
		Attributes: []*Attribute{
			whenAttribute("Which records the route takes; without it all of them."),
			to,
			{Name: "final", Type: TypeBool, Default: "false", Description: "Routes after this one are not tried for a record that it took."},
		},
	}
}

func otherwiseSchema() *Schema {
	return &Schema{
		Description: "What becomes of records that no route took.",
		Attributes: []*Attribute{
			toAttribute("Destinations and pipelines."),
			{Name: "drop", Type: TypeBool, Default: "false", Description: "They are dropped and counted."},
		},
	}
}

func whenAttribute(description string) *Attribute {
	return &Attribute{Name: "when", Type: TypeExpression, Example: `record.level == "error"`, Description: description}
}

// transformKinds are all kinds of transforms. Each has when and on_error besides its own.
func transformKinds() []*NestedBlock {
	kinds := []*NestedBlock{
		{Name: "drop", Schema: &Schema{Description: "Drops records, which are counted."}},
		{Name: "sample", Schema: sampleSchema()},
		{Name: "set", Schema: setSchema()},
		{Name: "unset", Schema: unsetSchema()},
		{Name: "rename", Schema: renameSchema()},
		{Name: "parse", Schema: parseSchema()},
		{Name: "redact", Schema: redactSchema()},
	}
	for _, k := range kinds {
		when := whenAttribute("Which records it is for; without it all of them.")
		onError := &Attribute{
			Name: "on_error", Type: TypeString, Default: `"keep"`, OneOf: []string{`"keep"`, `"drop"`, `"dead_letter"`},
			Description: "What becomes of a record that it fails for. keep: it goes on as it is. dead_letter: it is kept in data_dir/dead-letter/pipeline.NAME, and the sources wait while that is full; without a data_dir the last 1000 are held in memory. All are counted.",
		}
		switch k.Name {
		case "drop":
			when.Required = true
			when.Description = "Which records are dropped."
		case "redact":
			onError.Default, onError.OneOf = `"drop"`, []string{`"drop"`, `"dead_letter"`}
			onError.Description = "What becomes of a record that it fails for: a secret in it never goes on. A when that fails counts as true."
		}
		k.Schema.Attributes = append([]*Attribute{when}, append(k.Schema.Attributes, onError)...)
	}
	return kinds
}

func sampleSchema() *Schema {
	return &Schema{
		Description: "Keeps a share of the records and drops the others, which are counted.",
		Attributes: []*Attribute{
			{Name: "ratio", Type: TypeNumber, Required: true, Min: "0", Max: "1", Example: "0.1", Description: "The share that is kept."},
			{
				Name: "key", Type: TypeExpression, Example: "record.trace_id", DefaultNote: "meta.id",
				Description: "Records of one key are all kept or all dropped: its hash decides.",
			},
		},
	}
}

func fieldAttribute(name, note, description string) *Attribute {
	return &Attribute{Name: name, Type: TypeField, Example: "record.message", DefaultNote: note, Description: description}
}

func setSchema() *Schema {
	return &Schema{
		Description: "Sets fields. Values see the record as it was before. A null value leaves its field alone. Where on_error is keep, an error in one value affects only that field, or all of them where the names are only known for a record.",
		Attributes: []*Attribute{
			{
				Name: "fields", Type: TypeExpression, Required: true, Example: `{ env = "prod", level = lower(record.level) }`,
				Description: "An object of the new values. A name in quotes is one name, also with dots.",
			},
			fieldAttribute("at", "the record itself", "The object that the fields are set in."),
		},
	}
}

func unsetSchema() *Schema {
	return &Schema{
		Description: "Takes fields out.",
		Attributes: []*Attribute{
			{Name: "fields", Type: TypeList, Element: TypeField, Required: true, Example: "[record.password]", Description: "The fields."},
		},
	}
}

func renameSchema() *Schema {
	return &Schema{
		Description: "Gives fields other names.",
		Attributes: []*Attribute{
			{
				Name: "fields", Type: TypeMap, Element: TypeField, Required: true, Example: "{ message = record.msg }",
				Description: "The new name of each field: new = old. A field that is not there is left alone.",
			},
		},
	}
}

func parseSchema() *Schema {
	return &Schema{
		Description: "Reads a text into fields.",
		Attributes: []*Attribute{
			fieldAttribute("field", "the whole record", "The text to read."),
			{
				Name: "format", Type: TypeString, Required: true, Example: `"json"`,
				OneOf:       []string{`"json"`, `"logfmt"`, `"kv"`, `"csv"`, `"regex"`, `"syslog"`, `"timestamp"`},
				Description: "What it is written in.",
			},
			{Name: "regex", Type: TypeString, Example: `"^(?P<host>\\S+) (?P<rest>.*)$"`, Description: "For format regex: an RE2 expression; its named groups become fields."},
			{Name: "layout", Type: TypeString, Example: `"2006-01-02 15:04:05"`, DefaultNote: "RFC3339", Description: "For timestamp: a layout of Go, one of its names (RFC3339, RFC1123, ANSIC, …), or unix, unix_ms, unix_us, unix_ns. It shows a month and a day."},
			{Name: "columns", Type: TypeList, Element: TypeString, DefaultNote: "column_1, column_2, …", Example: `["host", "user"]`, Description: "For csv: the names of the columns."},
			{Name: "time_zone", Type: TypeString, Default: `"UTC"`, Description: "Of times without a zone: a name of the IANA database."},
			fieldAttribute("into", "the record itself; timestamp: the field that is read", "Where the fields are put."),
			{Name: "overwrite", Type: TypeBool, Default: "false", Description: "Fields that are there already are replaced; otherwise they stay."},
			{Name: "keep_source", Type: TypeBool, Default: "true", Description: "false: the field that was read is taken out."},
		},
	}
}

func redactSchema() *Schema {
	return &Schema{
		Description: "Blots out secrets. What can't be read with certainty is blotted out whole.",
		Attributes: []*Attribute{
			{
				Name: "fields", Type: TypeList, Element: TypeField, DefaultNote: "every text and number of the record", Example: "[record.card]",
				Description: "The fields to look at, all of the same name; of a line that is no JSON object the whole line.",
			},
			{Name: "pattern", Type: TypeString, Example: `"token=[a-z0-9]+"`, Description: "An RE2 expression: what matches is blotted out."},
			{
				Name: "patterns", Type: TypeList, Element: TypeString, OneOf: []string{`"email"`, `"card"`, `"iban"`, `"ipv4"`, `"jwt"`},
				DefaultNote: "none", Example: `["card", "email"]`, Description: "Known shapes that are blotted out.",
			},
			{Name: "with", Type: TypeString, Default: `"****"`, Description: "What stands in their place."},
		},
	}
}
