package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestARecordHasOneIDEverywhere: what meta.id shows to a transform, to a path that is computed, and at the destination is
// the same, also behind records that were dropped.
func TestARecordHasOneIDEverywhere(t *testing.T) {
	d := start(t, `
router {
  data_dir = "data"
}
source "tcp" "app" { listen = "127.0.0.1:0" }
destination "file" "each" {
  base_dir = "each"
  path     = "${meta.id}.log"
  format   = "envelope"
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.file.each]
  transform "drop" {
    when = record.n == 2
  }
  transform "set" {
    fields = { id = tostring(meta.id) }
  }
}
`)
	tell(t, d, `{"n":1}`, `{"n":2}`, `{"n":3}`, `{"n":4}`)
	d.stopped()
	files, err := filepath.Glob(filepath.Join(d.Dir, "each", "*.log"))
	if err != nil || len(files) != 3 {
		t.Fatalf("%d files, %v; want one for each record that was not dropped", len(files), err)
	}
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var envelope struct {
			Record string
			Meta   struct{ ID string }
		}
		var set struct{ ID string }
		if err := json.Unmarshal(content, &envelope); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(envelope.Record), &set); err != nil {
			t.Fatal(err)
		}
		if name := strings.TrimSuffix(filepath.Base(f), ".log"); name != envelope.Meta.ID || set.ID != envelope.Meta.ID {
			t.Errorf("the path has id %s, the transform saw %s, the destination got %s", name, set.ID, envelope.Meta.ID)
		}
	}
}
