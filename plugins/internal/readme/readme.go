// Package readme keeps the option table of a plugin's README equal to the plugin's schema. Only tests import it.
package readme

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// Begin and End are the lines between which a README's option table stands.
const (
	Begin = "<!-- options -->"
	End   = "<!-- /options -->"
)

// Check fails t when the option table in the file is not the one of body. With update it rewrites the table instead.
func Check(t testing.TB, file string, body *pluginv1.Body, update bool) {
	t.Helper()
	had, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("read %s: %v", file, err)
	}
	want, err := Replace(string(had), Table(body))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if want == string(had) {
		return
	}
	if !update {
		t.Fatalf("%s: the option table is not the schema's; run this test with -update. It should be\n%s", file, Table(body))
	}
	if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
		t.Fatalf("write %s: %v", file, err)
	}
}

// Replace returns doc with what stands between its Begin and End lines replaced by table. Each must stand in doc once,
// in this order.
func Replace(doc, table string) (string, error) {
	for _, marker := range []string{Begin, End} {
		if n := strings.Count(doc, marker+"\n"); n != 1 {
			return "", fmt.Errorf("marker %s stands in it %d times, not once", marker, n)
		}
	}
	head, rest, _ := strings.Cut(doc, Begin+"\n")
	_, tail, found := strings.Cut(rest, End+"\n")
	if !found {
		return "", errors.New("its end marker stands before its begin marker")
	}
	return head + Begin + "\n" + table + End + "\n" + tail, nil
}
