package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

var labelPattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// topLevel are the blocks of all files, by type, in the order of the files.
type topLevel struct {
	router                                    *hclsyntax.Block
	variables, locals                         []*hclsyntax.Block
	plugins, sources, destinations, pipelines []*hclsyntax.Block
	declared                                  map[string]*declaration
}

// declaration is a block that has an address.
type declaration struct {
	address string
	at      hcl.Range
	enabled bool
	// used: something leads to it.
	used bool
}

// topLevelLabels says how many labels each top-level block takes.
func topLevelLabels() map[string][]string {
	return map[string][]string{
		"router":      {},
		"locals":      {},
		"variable":    {"NAME"},
		"plugin":      {"NAME"},
		"source":      {"TYPE", "NAME"},
		"destination": {"TYPE", "NAME"},
		"pipeline":    {"NAME"},
	}
}

// collect sorts the top level of all files and answers what does not belong there or stands there twice.
func (l *loader) collect(files []*file) *topLevel {
	top := &topLevel{declared: map[string]*declaration{}}
	first := map[string]hcl.Range{}
	for _, f := range files {
		for _, a := range f.body.Attributes {
			l.fail(a.NameRange, fmt.Sprintf("The attribute %q must stand in a block.", a.Name), didYouMeanBlock(a.Name))
			l.hideUnread(a, nil)
		}
		for _, b := range f.body.Blocks {
			if !l.checkTopLevel(b) {
				continue
			}
			if b.Type != "locals" {
				address := addressOf(b)
				if at, ok := first[address]; ok {
					l.fail(b.DefRange(), fmt.Sprintf("%s is already there, at %s.", address, placeText(at)),
						"Take one of them out, or give it another name.")
					continue
				}
				first[address] = b.DefRange()
			}
			top.add(b)
		}
	}
	return top
}

func (t *topLevel) add(b *hclsyntax.Block) {
	switch b.Type {
	case "router":
		t.router = b
		return
	case "variable":
		t.variables = append(t.variables, b)
		return
	case "locals":
		t.locals = append(t.locals, b)
		return
	case "plugin":
		t.plugins = append(t.plugins, b)
		return
	case "source":
		t.sources = append(t.sources, b)
	case "destination":
		t.destinations = append(t.destinations, b)
	case "pipeline":
		t.pipelines = append(t.pipelines, b)
	}
	t.declared[addressOf(b)] = &declaration{address: addressOf(b), at: b.DefRange(), enabled: true}
}

func (l *loader) checkTopLevel(b *hclsyntax.Block) bool {
	all := topLevelLabels()
	want, ok := all[b.Type]
	if !ok {
		if b.Type == "test" {
			l.fail(b.TypeRange, "A test stands in a file of its own.", "Put it into a file *.test.hcl in the same folder, and run skidway test.")
			return false
		}
		names := make([]string, 0, len(all))
		for n := range all {
			names = append(names, n)
		}
		slices.Sort(names)
		otherwise := "Top-level blocks: " + strings.Join(names, ", ") + "."
		if here, ok := foreignWords()[b.Type]; ok {
			otherwise = fmt.Sprintf("Here it is called %s: %s. %s", here, headerText(here, all[here]), otherwise)
		}
		l.fail(b.TypeRange, fmt.Sprintf("There is no block %q.", b.Type), didYouMean(b.Type, names, otherwise))
		return false
	}
	if len(b.Labels) != len(want) {
		l.fail(b.DefRange(), fmt.Sprintf("A %s block takes %s.", b.Type, countLabels(len(want))),
			fmt.Sprintf("Write it as %s.", headerText(b.Type, want)))
		return false
	}
	for i, label := range b.Labels {
		if !labelPattern.MatchString(label) {
			l.fail(b.LabelRanges[i], fmt.Sprintf("%s is not a name.", quoteShort(label)),
				"Names start with a letter or an underscore and go on with letters, digits, - and _.")
			return false
		}
	}
	return true
}

func didYouMeanBlock(name string) string {
	if labels, ok := topLevelLabels()[name]; ok {
		return fmt.Sprintf("%s is a block: write it as %s.", name, headerText(name, labels))
	}
	return "Values that other places use stand in a locals block."
}

func countLabels(n int) string {
	switch n {
	case 0:
		return "no labels"
	case 1:
		return "one label"
	default:
		return "two labels"
	}
}

// headerText is how a block of that type begins.
func headerText(blockType string, labels []string) string {
	return strings.Join(append([]string{blockType}, quoteAll(labels)...), " ") + " { … }"
}

// addressOf is the address of a top-level block, for example "source.tcp.app".
func addressOf(b *hclsyntax.Block) string {
	return strings.Join(append([]string{b.Type}, b.Labels...), ".")
}

// placeText is a place for a sentence.
func placeText(r hcl.Range) string {
	return fmt.Sprintf("%s:%d", r.Filename, r.Start.Line)
}
