package readme_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skidway/skidway/plugins/internal/readme"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

func body() *pluginv1.Body {
	least, most := float64(time.Second), float64(2<<20)
	return &pluginv1.Body{
		Attributes: []*pluginv1.Attribute{
			{Name: "path", Type: pluginv1.Type_TYPE_PATH, Required: true, Description: "Where it goes.", Example: `"/a|b"`},
			{Name: "format", Type: pluginv1.Type_TYPE_STRING, DefaultJson: `"raw"`, Constraints: &pluginv1.Constraints{OneOf: []string{`"raw"`, `"envelope"`}}},
			{Name: "every", Type: pluginv1.Type_TYPE_DURATION, DefaultJson: "90000000000", Constraints: &pluginv1.Constraints{Min: &least}},
			{Name: "token", Type: pluginv1.Type_TYPE_STRING, Sensitive: true, DefaultJson: `""`, Deprecated: "Use auth."},
			{Name: "tags", Type: pluginv1.Type_TYPE_LIST, ElementType: pluginv1.Type_TYPE_STRING, DefaultJson: "null"},
		},
		Blocks: []*pluginv1.Block{{Name: "rotate", Max: 1, Body: &pluginv1.Body{
			Description: "Starts new files.",
			Attributes: []*pluginv1.Attribute{
				{Name: "max_bytes", Type: pluginv1.Type_TYPE_BYTES, DefaultJson: "1536", Constraints: &pluginv1.Constraints{Max: &most}},
				{Name: "max_age", Type: pluginv1.Type_TYPE_DURATION, DefaultJson: "86400000000000"},
			},
		}}, {Name: "rule", Min: 2}},
	}
}

func TestTable(t *testing.T) {
	want := strings.Join([]string{
		"| option | type | default | what it does |",
		"| --- | --- | --- | --- |",
		"| `path` | path | required | Where it goes. Example: `\"/a\\|b\"`. |",
		"| `format` | string | `\"raw\"` | One of `\"raw\"`, `\"envelope\"`. |",
		"| `every` | duration | `\"1m30s\"` | At least `\"1s\"`. |",
		"| `token` | string |  | A secret: it is never shown. Deprecated: Use auth. |",
		"| `tags` | list of string |  |  |",
		"| `rotate {}` | block | | Starts new files. |",
		"| `rotate.max_bytes` | bytes | `\"1536B\"` | At most `\"2MiB\"`. |",
		"| `rotate.max_age` | duration | `\"24h\"` |  |",
		"| `rule {}` | block, at least 2 | |  |",
		"",
	}, "\n")
	if diff := cmp.Diff(want, readme.Table(body())); diff != "" {
		t.Errorf("Table (-want +got):\n%s", diff)
	}
	if got, want := readme.Table(&pluginv1.Body{}), "It has no options of its own.\n"; got != want {
		t.Errorf("Table of an empty body = %q, want %q", got, want)
	}
}

func TestReplace(t *testing.T) {
	for name, tc := range map[string]struct{ doc, want, problem string }{
		"replaces what stands between the markers": {
			doc:  "a\n" + readme.Begin + "\nold\n" + readme.End + "\nb\n",
			want: "a\n" + readme.Begin + "\nnew\n" + readme.End + "\nb\n",
		},
		"needs a begin marker": {doc: "a\n" + readme.End + "\n", problem: "0 times"},
		"needs one end marker": {doc: readme.Begin + "\n" + readme.End + "\n" + readme.End + "\n", problem: "2 times"},
		"needs them in order":  {doc: readme.End + "\n" + readme.Begin + "\n", problem: "before"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := readme.Replace(tc.doc, "new\n")
			if tc.problem != "" {
				if err == nil || !strings.Contains(err.Error(), tc.problem) {
					t.Fatalf("Replace = %q, %v, want an error with %q", got, err, tc.problem)
				}
				return
			}
			if err != nil || got != tc.want {
				t.Errorf("Replace = %q, %v, want %q", got, err, tc.want)
			}
		})
	}
}

func TestCheckRewritesTheTableWhenAsked(t *testing.T) {
	file := filepath.Join(t.TempDir(), "README.md")
	if err := os.WriteFile(file, []byte("head\n"+readme.Begin+"\n"+readme.End+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	readme.Check(t, file, body(), true)
	readme.Check(t, file, body(), false)
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if want := "head\n" + readme.Begin + "\n" + readme.Table(body()) + readme.End + "\n"; string(got) != want {
		t.Errorf("the file holds %q, want %q", got, want)
	}
}
