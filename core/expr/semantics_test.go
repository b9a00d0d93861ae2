package expr

import "testing"

// TestNullsAndErrors is the table of the language: what a null and an error come to, in both engines.
func TestNullsAndErrors(t *testing.T) {
	t.Parallel()
	const rec = `{"level":"error","status":503,"text":"503","word":"abc","flag":true,"flagtext":"true","nothing":null,"o":{"a":1},"list":[{"x":1}],"big":12345678901234567890123}`
	for _, c := range []struct {
		when string
		want Outcome
	}{
		// A missing field at any depth is null, also below something that is no object.
		{`record.none == null`, Match},
		{`record.none.deep.er == null`, Match},
		{`record.level.deep == null`, Match},
		{`record.nothing == null`, Match},
		{`record.o.a == 1`, Match},
		{`record.o.none != 5`, Match},
		{`record["o"]["a"] == 1`, Match},
		{`record.list[0].x == 1`, Match},
		{`record.list[7].x == null`, Match},
		{`record.level[0] == null`, Match},
		{`meta.peer == "10.1.2.3"`, Match},

		// Equality never converts and knows null.
		{`record.status == "503"`, NoMatch},
		{`record.text == "503"`, Match},
		{`record.none == "x"`, NoMatch},
		{`record.none != "x"`, Match},
		{`record.o == null`, NoMatch},
		{`record.status == 503.0`, Match},

		// An order converts texts that are numbers; with null it is no match and no error.
		{`record.status >= 500`, Match},
		{`record.text >= 500`, Match},
		{`record.text < 500`, NoMatch},
		{`record.big > 12345678901234567890122`, Match},
		{`record.none >= 500`, Null},
		{`!(record.none >= 500)`, Null},
		{`record.none >= 500 || record.level == "error"`, Match},
		{`record.none >= 500 || record.level == "warn"`, Null},
		{`record.none >= 500 && record.level == "warn"`, NoMatch},
		{`record.none >= 500 && record.level == "error"`, Null},
		{`record.none >= 500 ? true : true`, Null},
		{`(record.none >= 500) == true`, Null},
		{`can(record.none >= 500)`, NoMatch},
		{`try(record.none >= 500, true)`, Match},

		// The logic of null: false decides an and, true an or; null in and is false, as in HCL.
		{`record.none`, Null},
		{`!record.none`, Null},
		{`record.none || true`, Match},
		{`record.none || false`, Null},
		{`record.none && true`, NoMatch},
		{`record.flag`, Match},
		{`record.flagtext`, Match},
		{`record.none ? true : false`, Null},

		// Other errors are errors, unless the other side decides.
		{`record.word >= 500`, Failed},
		{`record.flag >= 500`, Failed},
		{`record.o >= 500`, Failed},
		{`record.word >= 500 || record.level == "error"`, Match},
		{`record.word >= 500 && record.level == "warn"`, NoMatch},
		{`record.word >= 500 && record.none >= 1`, Failed},
		{`record.word`, Failed},
		{`record.word || true`, Failed},
		{`record.status && record.level == "warn"`, Failed},
		{`record.none + 1 > 0`, Failed},
		{`record.status / (record.status - 503) > 0`, Failed},
		{`"a${record.none}" == "a"`, Failed},

		// Functions give null for null, predicates false.
		{`lower(record.none) == null`, Match},
		{`abs(record.none) == null`, Match},
		{`coalesce(record.none, record.nothing) == null`, Match},
		{`tostring(record.none) == null`, Match},
		{`startswith(record.none, "x")`, NoMatch},
		{`!startswith(record.none, "/healthz")`, Match},
		{`!endswith(record.none, "x")`, Match},
		{`!strcontains(record.none, "x")`, Match},
		{`!matches("x", record.none)`, Match},
		{`!cidrcontains("10.0.0.0/8", record.none)`, Match},
		{`!contains(["x"], record.none)`, Match},
		{`lower(record.o) == null`, Failed},
		{`length(record.o) == 1`, Match},
		{`length(record.list) == 1`, Match},
	} {
		for _, slow := range []bool{false, true} {
			u := NewUnit(nil, Options{AlwaysSlow: slow})
			p := mustPredicate(t, u, c.when)
			r := u.Record()
			r.Reset([]byte(rec), &Meta{Peer: "10.1.2.3"})
			if got := p.Eval(r); got != c.want {
				t.Errorf("slow=%v: %s: %s, want %s (%v)", slow, c.when, got, c.want, p.Err(r))
			}
			if err := p.Err(r); (err != nil) != (c.want == Failed) {
				t.Errorf("slow=%v: %s: words %v for %s", slow, c.when, err, c.want)
			}
		}
	}
}

func TestRecordsThatAreNoObject(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"plain line":     `["plain line",null,{"message":"plain line"},"plain line"]`,
		"":               `["",null,{"message":""},""]`,
		`["a"]`:          `["[\"a\"]",null,{"message":"[\"a\"]"},"[\"a\"]"]`,
		"bad \xff utf8":  "[\"bad \uFFFD utf8\",null,{\"message\":\"bad \uFFFD utf8\"},\"bad \uFFFD utf8\"]",
		`{"level": "x"`:  `["{\"level\": \"x\"",null,{"message":"{\"level\": \"x\""},"{\"level\": \"x\""]`,
		`{"message": 5}`: `[5,null,{"message":5},"{\"message\": 5}"]`,
	} {
		u := NewUnit(nil, Options{})
		v := mustValue(t, u, `[record.message, record.message.x, record, raw]`)
		r := u.Record()
		r.Reset([]byte(line), nil)
		got, _, err := v.AppendJSON(nil, r)
		if err != nil || string(got) != want {
			t.Errorf("%q: %s (%v), want %s", line, got, v.Err(r), want)
		}
	}
}

func TestLastOfDuplicatesCounts(t *testing.T) {
	t.Parallel()
	for _, slow := range []bool{false, true} {
		u := NewUnit(nil, Options{AlwaysSlow: slow})
		level, inner := mustPredicate(t, u, `record.level == "error"`), mustPredicate(t, u, `record.o.a == null`)
		r := u.Record()
		r.Reset([]byte(`{"level":"info","o":{"a":1},"l\u0065vel":"error","o":{}}`), nil)
		if got := level.Eval(r); got != Match {
			t.Errorf("slow=%v: level: %s", slow, got)
		}
		if got := inner.Eval(r); got != Match {
			t.Errorf("slow=%v: o.a: %s", slow, got)
		}
	}
}

func TestRecordIsReused(t *testing.T) {
	t.Parallel()
	u := NewUnit(nil, Options{})
	v := mustValue(t, u, `lower(record.a)`)
	r := u.Record()
	for _, c := range []struct{ rec, want string }{
		{`{"a":"\u00c9A"}`, `"éa"`},
		{`{"a":"\u00c9B"}`, `"éb"`},
		{`line`, ``},
		{`{"a":"C"}`, `"c"`},
	} {
		r.Reset([]byte(c.rec), nil)
		if got, _, _ := v.AppendJSON(nil, r); string(got) != c.want {
			t.Errorf("%s: %s, want %s", c.rec, got, c.want)
		}
	}
	m := Meta{Peer: "p"}
	r.Reset([]byte(`{}`), &m)
	r.Replace([]byte(`{"a":"D"}`))
	if got, _, _ := v.AppendJSON(nil, r); string(got) != `"d"` {
		t.Errorf("after Replace: %s", got)
	}
}

func TestMetaFields(t *testing.T) {
	t.Parallel()
	m := &Meta{
		Source: "source.tcp.app", Peer: "::1", ClientName: "edge.example.com", Hostname: "router", PeerPort: 5140,
		ReceivedUnixNano: 1764054000000000001, ID: 1<<64 - 1, Truncated: true, Now: 1764054001000000000,
	}
	const want = `["source.tcp.app","::1","edge.example.com","router",5140,"2025-11-25T07:00:00.000000001Z",18446744073709551615,true,2,"2025-11-25T07:00:01.000000000Z"]`
	u := NewUnit(nil, Options{})
	v := mustValue(t, u, `[meta.source, meta.peer, meta.client_name, meta.hostname, meta.peer_port, meta.received_at, meta.id, meta.truncated, meta.size, now()]`)
	var single []*Value
	for _, name := range append(metaNames(), "") {
		e := "meta." + name
		if name == "" {
			e = "now()"
		}
		single = append(single, mustValue(t, u, e))
	}
	r := u.Record()
	r.Reset([]byte(`{}`), m)
	if got, _, err := v.AppendJSON(nil, r); err != nil || string(got) != want {
		t.Errorf("%s (%v)\nwant %s", got, v.Err(r), want)
	}
	for i, want := range []string{"source.tcp.app", "::1", "5140", "edge.example.com", "2025-11-25T07:00:00.000000001Z", "router", "2", "true", "18446744073709551615", "2025-11-25T07:00:01.000000000Z"} {
		if got, null, err := single[i].AppendText(nil, r); err != nil || null || string(got) != want {
			t.Errorf("%s: %s, want %s", single[i].Source(), got, want)
		}
	}
}
