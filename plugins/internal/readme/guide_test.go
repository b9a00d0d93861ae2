package readme_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// TestTheGuidesPluginWorks builds the program in the guide for authors and asks it what it is.
func TestTheGuidesPluginWorks(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds a program")
	}
	guide, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(guide), "```go\n")
	program, _, found := strings.Cut(rest, "```\n")
	if !found {
		t.Fatal("the guide holds no program")
	}
	folder := t.TempDir()
	source, executable := filepath.Join(folder, "main.go"), filepath.Join(folder, "plugin")
	if err := os.WriteFile(source, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", executable, source).CombinedOutput(); err != nil {
		t.Fatalf("build the guide's program: %v\n%s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), executable, "--describe").Output()
	if err != nil {
		t.Fatalf("describe the guide's program: %v", err)
	}
	var d pluginv1.DescribeResponse
	if err := protojson.Unmarshal(out, &d); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range d.GetDestination().GetSchema().GetAttributes() {
		names = append(names, a.GetName())
	}
	if diff := cmp.Diff([]string{"address", "max_size"}, names); diff != "" || d.GetName() != "udp" {
		t.Errorf("the guide's program is %s with the attributes (-want +got):\n%s", d.GetName(), diff)
	}
	if formatted, err := exec.CommandContext(t.Context(), "gofmt", "-l", source).Output(); err != nil || len(formatted) > 0 {
		t.Errorf("the guide's program is not formatted: %v", err)
	}
}
