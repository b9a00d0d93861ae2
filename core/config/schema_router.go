package config

// Bounds that the tables and the checks between blocks share.
const (
	// maxRecordText and maxBatchText are the protocol's limit on the data of one batch.
	maxRecordText = `"3.5MiB"`
	maxBatchText  = `"3.5MiB"`
	// minDeadLetterText has room for the largest record in its envelope.
	minDeadLetterText = `"8MiB"`
)

// routerSchema is the router block.
func routerSchema() *Schema {
	s := &Schema{
		Description: "Settings of the whole router. At most one block.",
		Attributes: []*Attribute{
			{
				Name: "required_version", Type: TypeString, Example: `">= 0.1"`,
				Description: "Releases that the configuration is written for. Checked before anything else is decoded.",
			},
			{
				Name: "drain_timeout", Type: TypeDuration, Default: `"30s"`,
				Description: "How long a stop may take to finish what is held.",
			},
			{
				Name: "log_level", Type: TypeString, Default: `"info"`, OneOf: []string{`"debug"`, `"info"`, `"warn"`, `"error"`},
				Description: "The least severe log lines that are written.",
			},
			{
				Name: "log_format", Type: TypeString, Default: `"auto"`, OneOf: []string{`"auto"`, `"text"`, `"json"`},
				Description: "auto is text on a terminal and JSON otherwise.",
			},
			{
				Name: "intake_max_bytes", Type: TypeBytes, Default: `"64MiB"`, Min: `"64KiB"`,
				Description: "All partial records and read buffers together.",
			},
			{
				Name: "data_dir", Type: TypePath, Example: `"/var/lib/skidway"`,
				DefaultNote: "$STATE_DIRECTORY when a service manager sets it, else none",
				Description: "The folder of everything that outlives the router: the spool on disk, dead letters, the places of destinations. Without it records are held in memory and a crash loses them.",
			},
		},
		Blocks: []*NestedBlock{
			{Name: "spool", Max: 1, Schema: spoolSchema()},
			{Name: "destination_defaults", Max: 1, Schema: defaultsSchema()},
			{Name: "admin", Max: 1, Schema: adminSchema()},
		},
	}
	return s.mustPrepare()
}

// defaultsSchema is what router.destination_defaults takes: what every destination takes, except enabled.
func defaultsSchema() *Schema {
	s := destinationSchema()
	s.Description = "Defaults for all destinations, attribute by attribute beneath each destination's own."
	s.Attributes = deleteAttribute(s.Attributes, "enabled")
	return s
}

func deleteAttribute(attributes []*Attribute, name string) []*Attribute {
	var out []*Attribute
	for _, a := range attributes {
		if a.Name != name {
			out = append(out, a)
		}
	}
	return out
}

// pluginSchema is the plugin block.
func pluginSchema() *Schema {
	s := &Schema{
		Description: "A plugin that is not bundled, or that replaces a bundled one of the same name.",
		Attributes: []*Attribute{
			{
				Name: "source", Type: TypeString, Required: true, Example: `"./skidway-plugin-nats"`,
				Description: "The executable: a path that begins with ./, ../ or /, relative to the folder of the file.",
			},
			{
				Name: "pass_env", Type: TypeList, Element: TypeString, Default: `[]`, Pattern: `[A-Za-z_][A-Za-z0-9_]*`, Example: `["AWS_REGION"]`,
				Description: "More variables of the router's environment that the plugin's processes get.",
			},
			{Name: "version", Type: TypeString, Unsupported: "Plugins are not installed by this release: name a local executable in source."},
			{Name: "keys", Type: TypeList, Element: TypeString, Unsupported: "Signatures are not checked by this release: take it out."},
			{Name: "signature", Type: TypeString, Unsupported: "Signatures are not checked by this release: take it out."},
			{Name: "user", Type: TypeString, Unsupported: "Plugins run as the router's user: take it out."},
			{Name: "max_memory", Type: TypeBytes, Unsupported: "Limit the router's service instead, for example with MemoryMax= of systemd."},
			{Name: "max_cpu", Type: TypeNumber, Unsupported: "Limit the router's service instead, for example with CPUQuota= of systemd."},
		},
	}
	return s.mustPrepare()
}

// variableSchema is the variable block. It is decoded by hand, because a type is no value; see variables.go.
func variableSchema() *Schema {
	s := &Schema{
		Description: "A value given from outside: default, *.vars.hcl, --var-file, the environment's SKIDWAY_VAR_name, --var; the last one wins.",
		Attributes: []*Attribute{
			{Name: "type", Type: TypeAny, DefaultNote: "any", Example: "list(string)", Description: "string, number, bool, any, list(T), set(T), map(T), object({…}) or tuple([…])."},
			{Name: "description", Type: TypeString, Description: "What it is for."},
			{Name: "sensitive", Type: TypeBool, Default: "false", Description: "Never show the value."},
			{Name: "default", Type: TypeAny, DefaultNote: "none: a value must be given", Description: "The value when none is given. Functions may be used, other variables not."},
		},
	}
	return s.mustPrepare()
}

func enabledAttribute() *Attribute {
	return &Attribute{
		Name: "enabled", Type: TypeBool, Default: "true",
		Description: "false: the block is checked and left out; its address is skipped where others name it.",
	}
}
