package admin

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPlaceOfTheSocket(t *testing.T) {
	run, tmp := t.TempDir(), t.TempDir()
	config := []string{"/etc/a.hcl"}
	name := Place{Config: config}.name()
	temporary := filepath.Join(tmp, fmt.Sprintf("skidway-%d", os.Geteuid()), name)
	user := filepath.Join(run, "skidway", name)
	service := environment("RUNTIME_DIRECTORY", "/run/skidway:/run/other", "XDG_RUNTIME_DIR", run, "TMPDIR", tmp)
	session := environment("XDG_RUNTIME_DIR", run, "TMPDIR", tmp)
	for name, test := range map[string]struct {
		place      Place
		env        func(string) string
		want       string
		candidates []Candidate
	}{
		"what is configured": {
			Place{Socket: "/x/a.sock", Group: "ops", DataDir: "/data", Config: config}, service, "/x/a.sock", []Candidate{{"/x/a.sock", false}},
		},
		"a service": {
			Place{Group: "ops", DataDir: "/data", Config: config},
			service, "/run/skidway/admin.sock",
			[]Candidate{{"/run/skidway/admin.sock", true}, {"/data/admin.sock", false}, {user, false}, {temporary, false}, {ServiceSocket, true}},
		},
		"a data_dir": {
			Place{DataDir: "/data", Config: config},
			session, "/data/admin.sock",
			[]Candidate{{"/data/admin.sock", false}, {user, false}, {temporary, false}, {ServiceSocket, true}},
		},
		"a session": {Place{Config: config}, session, user, []Candidate{{user, false}, {temporary, false}, {ServiceSocket, true}}},
		"a session's folder that is not there": {
			Place{Config: config},
			environment("XDG_RUNTIME_DIR", run+"/none", "TMPDIR", tmp), temporary,
			[]Candidate{{filepath.Join(run, "none/skidway", filepath.Base(user)), false}, {temporary, false}, {ServiceSocket, true}},
		},
		"no session": {Place{Config: config}, environment("TMPDIR", tmp), temporary, []Candidate{{temporary, false}, {ServiceSocket, true}}},
		"no place for a group": {
			Place{Group: "ops", DataDir: "/data", Config: config},
			environment("TMPDIR", tmp), "",
			[]Candidate{{"/data/admin.sock", false}, {temporary, false}, {ServiceSocket, true}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := test.place.Path(test.env)
			if got != test.want || (err == nil) != (test.want != "") {
				t.Errorf("path %q, %v; want %q", got, err, test.want)
			}
			if d := cmp.Diff(test.candidates, test.place.Candidates(test.env)); d != "" {
				t.Errorf("candidates (-want +got):\n%s", d)
			}
		})
	}
}

func TestConfigurationsHaveSocketsOfTheirOwn(t *testing.T) {
	seen := map[string][]string{}
	for _, config := range [][]string{{"/a"}, {"/b"}, {"/a", "/b"}, {"/b", "/a"}, {"/ab"}, {"/a/b"}} {
		name := Place{Config: config}.name()
		if other := seen[name]; other != nil {
			t.Errorf("%q and %q have the same", config, other)
		}
		seen[name] = config
	}
}
