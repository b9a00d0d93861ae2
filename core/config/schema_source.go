package config

// sourceSchema is what the router owns of every source block.
func sourceSchema() *Schema {
	return &Schema{Attributes: []*Attribute{enabledAttribute()}}
}

// tcpSourceSchema is the tcp source, which is in the core.
func tcpSourceSchema() *Schema {
	s := &Schema{
		Description: "Takes records in over TCP, plain or with TLS.",
		Attributes: []*Attribute{
			{
				Name: "listen", Type: TypeString, Default: `"127.0.0.1:8080"`, Example: `"0.0.0.0:6514"`,
				Description: "Address and port. Off loopback it needs tls, or allow_plaintext.",
			},
			{
				Name: "framing", Type: TypeString, Default: `"newline"`, OneOf: []string{`"newline"`, `"octet_counted"`},
				Description: "newline: a record ends with LF or CRLF. octet_counted: RFC 6587, a length before each record.",
			},
			{
				Name: "max_record_bytes", Type: TypeBytes, Default: `"256KiB"`, Min: `"1B"`, Max: maxRecordText,
				Description: "Bytes of a record without its terminator.",
			},
			{
				Name: "oversize", Type: TypeString, Default: `"truncate"`, OneOf: []string{`"truncate"`, `"drop"`},
				Description: "What happens to a longer record: it is cut and marked, or dropped; counted either way.",
			},
			{
				Name: "max_connections", Type: TypeNumber, Whole: true, Default: "10000", Min: "1", Max: "1000000",
				Description: "Connections at once.",
			},
			{
				Name: "max_connections_per_peer", Type: TypeNumber, Whole: true, Default: "0", Min: "0", Max: "1000000",
				Description: "Connections at once from one address; 0: no limit.",
			},
			{
				Name: "allow_from", Type: TypeList, Element: TypeString, Default: `[]`, DefaultNote: "everyone who can reach the listener", Example: `["10.0.0.0/8"]`,
				Description: "Networks and addresses that may connect. Others are refused before a TLS handshake, and counted.",
			},
			{
				Name: "idle_timeout", Type: TypeDuration, Default: `"0s"`,
				Description: "A silent connection is closed after it; 0s: never.",
			},
			{
				Name: "allow_plaintext", Type: TypeBool, Default: "false",
				Description: "Allow a listener off loopback without tls.",
			},
		},
		Blocks: []*NestedBlock{{Name: "tls", Max: 1, Schema: tlsSchema()}},
	}
	s.Attributes = append(s.Attributes, sourceSchema().Attributes...)
	return s.mustPrepare()
}

func tlsSchema() *Schema {
	return &Schema{
		Description: "TLS of the listener. The files are read again when they change.",
		Attributes: []*Attribute{
			{Name: "cert_file", Type: TypePath, Required: true, Description: "Certificate chain in PEM."},
			{Name: "key_file", Type: TypePath, Required: true, Description: "Private key in PEM."},
			{Name: "client_ca_file", Type: TypePath, Description: "Given: clients must present a certificate that it verifies."},
			{
				Name: "client_names", Type: TypeList, Element: TypeString, Default: `[]`, Pattern: `(\*\.)?[^*\s]+`, Example: `["*.app.example.com"]`,
				Description: "Given: clients whose verified name matches one; *. stands for one label. Needs client_ca_file.",
			},
			{
				Name: "min_version", Type: TypeString, Default: `"1.2"`, OneOf: []string{`"1.2"`, `"1.3"`},
				Description: "The oldest version of TLS that is spoken.",
			},
		},
	}
}

// reservedSources are source types of the language that this release does not have, with what to do instead.
func reservedSources() map[string]string {
	return map[string]string{
		"udp":      "Let rsyslog take the datagrams and forward them over TCP (omfwd) into a tcp source.",
		"unix":     "Let rsyslog read the socket (imuxsock) and forward over TCP (omfwd) into a tcp source.",
		"syslog":   "Let rsyslog forward over TCP (omfwd) into a tcp source; framing = \"octet_counted\" takes RFC 6587.",
		"file":     "Let rsyslog follow the file (imfile) and forward over TCP (omfwd) into a tcp source.",
		"journald": "Let rsyslog read the journal (imjournal) and forward over TCP (omfwd) into a tcp source.",
		"otlp":     "Let a collector write lines over TCP into a tcp source.",
	}
}
