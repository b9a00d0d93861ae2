package config

// testSchema is the test block of a *.test.hcl file.
func testSchema() *Schema {
	s := &Schema{
		Description: "A test of the configuration beside it: records go into a pipeline, and what comes out is looked at. Nothing is started.",
		Attributes: []*Attribute{
			{Name: "pipeline", Type: TypeAddress, Required: true, Example: "pipeline.main", Description: "Where the records go in."},
			{Name: "now", Type: TypeString, DefaultNote: `"2000-01-01T00:00:00Z"`, Example: `"2026-11-23T07:00:00Z"`, Description: "The time at the start, in RFC 3339."},
		},
		Blocks: []*NestedBlock{
			{Name: "input", Min: 1, Schema: &Schema{
				Description: "Records that come in, in order.",
				Attributes: []*Attribute{
					{Name: "record", Type: TypeObject, Example: `{ level = "error" }`, Description: "A record of JSON."},
					{Name: "line", Type: TypeString, Description: "A record as it is, without the line feed that a heredoc ends with."},
					{Name: "lines", Type: TypeList, Element: TypeString, Description: "Several of them. Empty ones are no records."},
					{
						Name: "meta", Type: TypeObject, Example: `{ source = "source.tcp.app", peer = "192.0.2.7" }`,
						Description: "What meta shows: source, peer, peer_port, client_name, received_at, truncated, id.",
					},
					{Name: "count", Type: TypeNumber, Whole: true, Default: "1", Min: "1", Max: "100000", Description: "How often they come."},
					{Name: "after", Type: TypeDuration, Default: `"0s"`, Description: "Moves the clock before they come."},
				},
			}},
			{Name: "capture", Schema: &Schema{
				Description: "What a destination answers. Without one it accepts.",
				Attributes: []*Attribute{
					{Name: "destination", Type: TypeAddress, Required: true, Example: "destination.http.collector", Description: "Which one."},
					{Name: "verdict", Type: TypeString, Required: true, OneOf: []string{`"accept"`, `"reject"`}, Example: `"reject"`, Description: "What it says of each record. Rejected ones become dead letters."},
					{Name: "reason", Type: TypeString, Default: `"rejected by the test"`, Description: "What it gives as the reason."},
				},
			}},
			{Name: "expect", Min: 1, Schema: &Schema{
				Description: "What must have come out. A destination that got records and is in no expect fails the test.",
				Attributes: []*Attribute{
					{
						Name: "at", Type: TypeList, Element: TypeAddress, Required: true, Example: "[destination.http.collector]",
						Description: "Where: destinations, dropped, dead_letter. What follows holds for each of them.",
					},
					{Name: "count", Type: TypeNumber, Whole: true, Min: "0", Max: "1000000000", Description: "How many records."},
					{Name: "contains", Type: TypeAny, Example: `[{ level = "error" }]`, Description: "Each of these is found in some record, with at least these fields."},
					{Name: "equals", Type: TypeAny, Example: `[{ level = "error" }, "a line"]`, Description: "These records and no others, in order: objects, or lines as they are."},
					{Name: "batches", Type: TypeList, Element: TypeNumber, Example: "[100, 100, 5]", Description: "How many records each batch had, in the order they were sent."},
				},
				Blocks: []*NestedBlock{{Name: "assert", Schema: &Schema{
					Description: "A condition on what came out.",
					Attributes: []*Attribute{
						{
							Name: "condition", Type: TypeExpression, Required: true, Example: `output[0].env == "prod"`,
							Description: "output is the list of records; of one that is no JSON object, { message = LINE }.",
						},
						{Name: "error_message", Type: TypeString, Description: "What to say when it is false."},
					},
				}}},
			}},
		},
	}
	return s.mustPrepare()
}
