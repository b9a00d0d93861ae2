package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
)

const blockTwo = `
source "tcp" "more" { listen = "127.0.0.1:8081" }
destination "stdout" "other" {
  backlog {
    max_bytes = "300MiB"
  }
}
pipeline "more" {
  from = [source.tcp.more]
  to   = [destination.stdout.other]
}
`

// What a configuration leaves to the filesystem is said when the filesystem is known, and what is known before is not
// said again.
func TestSpaceOfTheFilesystem(t *testing.T) {
	const gib = 1 << 30
	for name, c := range map[string]struct {
		router, more string
		total        int64
		want         []string
	}{
		"a default that fits":           {"", "", 100 * gib, nil},
		"a filesystem that is small":    {"", "", 64 << 20, []string{"ERROR: The spool would have 12.8MiB of the filesystem's 64MiB; it needs at least 16MiB."}},
		"a share of a small filesystem": {"spool {\n max_bytes = \"10%\"\n}", "", 100 << 20, []string{"ERROR: The spool would have 10MiB of the filesystem's 100MiB; it needs at least 16MiB."}},
		"a size":                        {"spool {\n max_bytes = \"16MiB\"\n}", "", 1 << 20, nil},
		"in memory":                     {"spool {\n storage = \"memory\"\n}", "", 1 << 20, nil},
		"segments": {
			"spool {\n segment_bytes = \"512MiB\"\n}", "", 5 * gib,
			[]string{`ERROR: "segment_bytes" must be at most a quarter of "max_bytes", which is 256MiB.`},
		},
		"a backlog": {"", blockTwo, gib, []string{
			"ERROR: The backlog of 300MiB is larger than the spool, which has 204.8MiB of this filesystem.",
			"WARN: The backlogs that block are 463.84MiB together, the spool is 204.8MiB: destination.stdout.console, destination.stdout.other.",
		}},
		"backlogs that fit":    {"", blockTwo, 100 * gib, nil},
		"backlogs together":    {"", blockTwo, 6 * gib, []string{"WARN: The backlogs that block are 1.25GiB together, the spool is 1.2GiB: destination.stdout.console, destination.stdout.other."}},
		"backlogs of defaults": {"", strings.Replace(blockTwo, "max_bytes = \"300MiB\"", "", 1), 6 * gib, nil}, // Load has said so
	} {
		t.Run(name, func(t *testing.T) {
			path := t.TempDir() + "/a.hcl"
			write(t, path, "router {\n data_dir = \"/var/lib/skidway\"\n"+c.router+"\n}\n"+smallest+c.more)
			loaded, _, diags := Load(testOptions(t, path))
			if loaded == nil {
				t.Fatal(found(diags))
			}
			var got []string
			for _, d := range loaded.CheckSpace(c.total) {
				if d.Subject == nil {
					t.Errorf("%q has no place", d.Summary)
				}
				_, text, _ := strings.Cut(found(hcl.Diagnostics{d})[0], ": ")
				got = append(got, text)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatMustBeFree(t *testing.T) {
	for text, want := range map[string]int64{"": 50, "10%": 100, "7B": 7} {
		if text != "" {
			text = "spool {\n min_free = \"" + text + "\"\n}"
		}
		r := loadDurable(t, text).Router
		if got := r.MinFree(1000); got != want {
			t.Errorf("%s: %d bytes of 1000 must be free, want %d", text, got, want)
		}
	}
}
