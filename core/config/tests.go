package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/skidway/skidway/core/record"
)

// Test is one test block.
type Test struct {
	Name  string
	Place Place
	// Pipeline is the address of the one that the records go into.
	Pipeline string
	Now      time.Time
	Inputs   []TestInput
	Captures []TestCapture
	Expects  []TestExpect
}

// TestInput is records that come in together.
type TestInput struct {
	// After is how far the clock moves before.
	After time.Duration
	// Records, without terminators; they come Count times.
	Records [][]byte
	Count   int
	// Origin is their origin; ReceivedUnixNano and ID are 0 when the test gives none.
	Origin record.Origin
}

// TestCapture is what a destination answers.
type TestCapture struct {
	Destination string
	Reject      bool
	Reason      string
}

// Places of TestExpect.At besides destinations.
const (
	TestDropped    = "dropped"
	TestDeadLetter = "dead_letter"
)

// TestExpect is what must have come out.
type TestExpect struct {
	Place Place
	// At are addresses of destinations, TestDropped and TestDeadLetter.
	At []string
	// Count is nil when nothing is said of it; so are the others.
	Count    *int
	Contains []any // decoded JSON; a string is a line
	Equals   []any
	Batches  []int
	// HasEquals and HasBatches tell empty lists from none.
	HasEquals, HasBatches bool
	Asserts               []TestAssert
}

// TestAssert is a condition on what came out.
type TestAssert struct {
	Place   Place
	Message string

	condition hclsyntax.Expression
	context   *hcl.EvalContext
}

// Holds evaluates the condition over the records that came out, each a JSON object or a line. The error says why there is
// no answer.
func (a TestAssert) Holds(output [][]byte) (bool, error) {
	list := make([]cty.Value, len(output))
	for i, line := range output {
		list[i] = recordValue(line)
	}
	v, diags := a.condition.Value(a.over(cty.TupleVal(list)))
	if diags.HasErrors() {
		summary, detail := inOurWords(diags[0])
		return false, fmt.Errorf("%s %s", summary, detail)
	}
	if v.IsNull() || v.Type() != cty.Bool {
		return false, fmt.Errorf("the condition is %s, not true or false", friendly(v))
	}
	return v.True(), nil
}

// recordValue is a record as expressions see it.
func recordValue(line []byte) cty.Value {
	if json.Valid(line) {
		if ty, err := ctyjson.ImpliedType(line); err == nil && ty.IsObjectType() {
			if v, err := ctyjson.Unmarshal(line, ty); err == nil {
				return v
			}
		}
	}
	return cty.ObjectVal(map[string]cty.Value{"message": cty.StringVal(string(line))})
}

// LoadTests reads a configuration and the tests beside it: *.test.hcl of each folder named or holding a named file. The
// Config is nil when the diagnostics have errors.
func LoadTests(o LoadOptions) (*Config, []Test, *Files, hcl.Diagnostics) {
	l := newLoader(o)
	b := l.load()
	var tests []Test
	if b != nil {
		tests = b.tests()
	}
	l.finish()
	if l.diags.HasErrors() {
		return nil, nil, l.files, l.diags
	}
	b.config.Secrets = l.sortedSecrets()
	return b.config, tests, l.files, l.diags
}

func (b *builder) tests() (tests []Test) {
	first := map[string]hcl.Range{}
	for _, path := range b.testFiles() {
		before := len(b.diags)
		f := b.parse(path)
		if f == nil || b.diags[before:].HasErrors() {
			continue
		}
		for _, a := range f.body.Attributes {
			b.fail(a.NameRange, fmt.Sprintf("The attribute %q must stand in a block.", a.Name), `A test file holds test "NAME" { … } blocks.`)
		}
		for _, block := range f.body.Blocks {
			switch {
			case block.Type != "test":
				b.fail(block.TypeRange, fmt.Sprintf("A test file holds no %s blocks.", block.Type), didYouMean(block.Type, []string{"test"},
					`It holds test "NAME" { … } blocks; the configuration is in the other files of the folder.`))
			case len(block.Labels) != 1 || block.Labels[0] == "":
				b.fail(block.DefRange(), "A test block takes one label.", `Write it as test "what is to be true" { … }.`)
			default:
				name := block.Labels[0]
				if at, ok := first[name]; ok {
					b.fail(block.DefRange(), fmt.Sprintf("There is a test %s already, at %s.", quoteShort(name), placeText(at)), "Give it another name.")
					continue
				}
				first[name] = block.DefRange()
				tests = append(tests, b.test(block))
			}
		}
	}
	return tests
}

// testFiles are the test files of all folders that the configuration is in, sorted within each.
func (b *builder) testFiles() (all []string) {
	paths := b.opts.Paths
	if len(paths) == 0 {
		paths = []string{defaultFile}
		if !exists(defaultFile) {
			paths = []string{defaultDir}
		}
	}
	for _, p := range paths {
		if info, err := os.Stat(p); err == nil && !info.IsDir() {
			p = filepath.Dir(p)
		}
		found, err := filepath.Glob(filepath.Join(escapeGlob(filepath.Clean(p)), "*.test.hcl"))
		if err != nil {
			continue
		}
		slices.Sort(found)
		for _, f := range found {
			if !strings.HasPrefix(filepath.Base(f), ".") {
				all = append(all, f)
			}
		}
	}
	return once(all)
}

func (b *builder) test(block *hclsyntax.Block) Test {
	t := Test{Name: block.Labels[0], Place: placeOf(block.DefRange()), Now: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)}
	n := b.decode(block.Body, block.DefRange(), testSchema(), fmt.Sprintf("test %s", quoteShort(t.Name)))
	if v := n.values["pipeline"]; v != nil && len(v.refs) > 0 {
		if d := b.resolve(v.refs[0], "pipeline", "pipeline"); d != nil {
			t.Pipeline = d.address
			if !d.enabled {
				b.fail(v.at, fmt.Sprintf("%s is disabled.", d.address), "Enable it, or test another.")
			}
		}
	}
	if v := n.values["now"]; v != nil && n.text("now") != "" {
		t.Now = b.testTime(v, n.text("now"))
	}
	for _, in := range n.blocks["input"] {
		t.Inputs = append(t.Inputs, b.testInput(in))
	}
	for _, c := range n.blocks["capture"] {
		captured := b.testCapture(c)
		if captured.Destination != "" && slices.ContainsFunc(t.Captures, func(o TestCapture) bool { return o.Destination == captured.Destination }) {
			b.fail(c.get("destination").at, fmt.Sprintf("What %s answers was said already.", captured.Destination), "Take one of the blocks out.")
		}
		t.Captures = append(t.Captures, captured)
	}
	for _, e := range n.blocks["expect"] {
		t.Expects = append(t.Expects, b.testExpect(e))
	}
	return t
}

func (b *builder) testTime(v *value, text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		b.fail(v.at, fmt.Sprintf("%s is not a time.", quoteShort(text)), `Write it as "2026-11-23T07:00:00Z".`)
	}
	return t.UTC()
}

func (b *builder) testInput(n *node) TestInput {
	in := TestInput{After: n.duration("after"), Count: n.integer("count")}
	forms := []string{"record", "line", "lines"}
	var given []string
	for _, f := range forms {
		if _, ok := n.given(f); ok {
			given = append(given, f)
		}
	}
	if len(given) != 1 {
		b.fail(n.at, "An input gives one of record, line and lines.", `For example: record = { level = "error" }.`)
		return in
	}
	switch given[0] {
	case "record":
		text, err := json.Marshal(n.get("record").v)
		if err != nil {
			b.fail(n.get("record").at, fmt.Sprintf("The record can't be written as JSON: %v.", err), "Give it as line.")
		}
		in.Records = [][]byte{text}
	case "line", "lines":
		in.Records = b.testLines(n, given[0])
	}
	meta, _ := n.get("meta").v.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(meta)) {
		if problem := b.setOrigin(&in.Origin, name, meta[name]); problem != "" {
			b.fail(keyExpr(n.get("meta").expr, name).Range(), problem,
				`For example: meta = { source = "source.tcp.app", peer = "192.0.2.7", peer_port = 40000, client_name = "app", truncated = true, id = 7, received_at = "2026-11-23T07:00:00Z" }.`)
		}
	}
	return in
}

// setOrigin sets what meta.NAME shows; problem says why it can't.
func (b *builder) setOrigin(o *record.Origin, name string, v any) (problem string) {
	text, isText := v.(string)
	number, isNumber := v.(json.Number)
	switch name {
	case "source":
		if d := b.declared[text]; isText && (d == nil || !strings.HasPrefix(text, "source.")) {
			return fmt.Sprintf("There is no source %s.", quoteShort(text))
		}
		o.Source = text
	case "peer":
		if _, err := netip.ParseAddr(text); err != nil && text != "" {
			return fmt.Sprintf("%s is not an address.", quoteShort(text))
		}
		o.Peer = text
	case "client_name":
		o.ClientName = text
	case "received_at":
		t, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return fmt.Sprintf("%s is not a time in RFC 3339.", quoteShort(text))
		}
		o.ReceivedUnixNano = t.UnixNano()
	case "peer_port", "id":
		i, err := number.Int64()
		if !isNumber || err != nil || i < 0 {
			return fmt.Sprintf("meta.%s must be a whole number that is not negative.", name)
		}
		if name == "peer_port" && i > math.MaxUint16 {
			return "meta.peer_port must be at most 65535."
		}
		if name == "id" {
			o.ID = uint64(i)
		} else {
			o.PeerPort = uint32(i)
		}
		return ""
	case "truncated":
		on, ok := v.(bool)
		if !ok {
			return "meta.truncated must be true or false."
		}
		o.Truncated = on
		return ""
	default:
		return fmt.Sprintf("There is no meta.%s that an input can give.", name)
	}
	if !isText {
		return fmt.Sprintf("meta.%s must be a text.", name)
	}
	return ""
}

func (b *builder) testCapture(n *node) TestCapture {
	c := TestCapture{Reject: n.text("verdict") == "reject", Reason: n.text("reason")}
	if v := n.values["destination"]; v != nil && len(v.refs) > 0 {
		c.Destination = b.testDestination(v.refs[0], "destination")
	}
	return c
}

func (b *builder) testExpect(n *node) TestExpect {
	e := TestExpect{Place: placeOf(n.at), At: b.testPlaces(n)}
	if _, ok := n.given("count"); ok {
		count := n.integer("count")
		e.Count = &count
	}
	e.Contains, _ = b.testRecords(n, "contains")
	if v := n.values["contains"]; v != nil && isEmptyList(v.expr) {
		b.fail(v.at, `"contains" is empty.`, "Write a record in it, or take it out; equals = [] says that there is none.")
	}
	e.Equals, e.HasEquals = b.testRecords(n, "equals")
	if _, e.HasBatches = n.given("batches"); e.HasBatches && !n.get("batches").unknown {
		list, _ := n.get("batches").v.([]any)
		for _, x := range list {
			number, _ := x.(json.Number)
			i, err := number.Int64()
			if err != nil || i < 1 {
				b.fail(n.get("batches").at, `"batches" must be a list of whole numbers above 0.`, "Write it as [100, 100, 5].")
				break
			}
			e.Batches = append(e.Batches, int(i))
		}
	}
	for _, a := range n.blocks["assert"] {
		v := a.values["condition"]
		if v == nil || v.unknown {
			continue
		}
		assert := TestAssert{
			Place: placeOf(a.at), Message: a.text("error_message"), condition: v.expr, context: b.recordContext(a.at.Filename),
		}
		b.checkCondition(&assert)
		e.Asserts = append(e.Asserts, assert)
	}
	return e
}

// testRecords reads a list of records, each an object or a line.
func (b *builder) testRecords(n *node, name string) (list []any, given bool) {
	v := n.values[name]
	if v == nil || v.v == nil {
		return nil, false
	}
	list, ok := v.v.([]any)
	if !ok {
		b.fail(v.at, fmt.Sprintf("%q must be a list of records.", name), `Write it in brackets, such as [{ level = "error" }].`)
		return nil, false
	}
	for i, x := range list {
		switch x.(type) {
		case string, map[string]any:
		default:
			b.fail(elementExpr(v.expr, i).Range(), "A record is an object, or a text.", `Write { level = "error" }, or the line in quotes.`)
		}
	}
	return list, true
}
