package config

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/skidway/skidway/core/record"
)

func TestBrokenTests(t *testing.T) {
	entries, err := os.ReadDir("testdata/error-tests")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Run(e.Name(), func(t *testing.T) {
			path := filepath.Join("testdata/error-tests", e.Name())
			c, _, files, diags := LoadTests(testOptions(t, path))
			checkBroken(t, path, c, files, diags)
		})
	}
}

// loadTests reads a configuration and its tests from texts.
func loadTests(t *testing.T, main, tests string) []Test {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"skidway.hcl": main, "main.test.hcl": tests} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, all, files, diags := LoadTests(testOptions(t, dir))
	if c == nil {
		var b strings.Builder
		_ = WriteText(&b, diags, files, false)
		t.Fatal(b.String())
	}
	return all
}

const testedConfig = `
source "tcp" "app" {}
destination "stdout" "console" {}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.stdout.console]
}
`

func TestTestsAreRead(t *testing.T) {
	tests := loadTests(t, testedConfig, `
test "everything" {
  pipeline = pipeline.main
  now      = "2026-11-23T08:00:00+01:00"
  input {
    record = { b = 1, a = [true, null], "c.d" = "x" }
    after  = "10s"
    count  = 205
    meta = {
      source = "source.tcp.app", peer = "192.0.2.7", peer_port = 40000, client_name = "app",
      truncated = true, id = 7, received_at = "2026-11-23T06:59:59Z",
    }
  }
  input {
    line = "a line"
  }
  input {
    lines = ["one", "two"]
  }
  capture {
    destination = destination.stdout.console
    verdict     = "reject"
    reason      = "because"
  }
  expect {
    at       = [destination.stdout.console, dropped, dead_letter]
    count    = 0
    contains = ["one", { a = 1 }]
    equals   = []
  }
  expect {
    at      = [destination.stdout.console]
    batches = [100, 5]
  }
}
`)
	received := time.Date(2026, 11, 23, 6, 59, 59, 0, time.UTC).UnixNano()
	zero := 0
	want := []Test{{
		Name: "everything", Pipeline: "pipeline.main", Now: time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC),
		Inputs: []TestInput{
			{
				After: 10 * time.Second, Count: 205, Records: [][]byte{[]byte(`{"a":[true,null],"b":1,"c.d":"x"}`)},
				Origin: record.Origin{
					Source: "source.tcp.app", Peer: "192.0.2.7", PeerPort: 40000, ClientName: "app", Truncated: true, ID: 7, ReceivedUnixNano: received,
				},
			},
			{Count: 1, Records: [][]byte{[]byte("a line")}},
			{Count: 1, Records: [][]byte{[]byte("one"), []byte("two")}},
		},
		Captures: []TestCapture{{Destination: "destination.stdout.console", Reject: true, Reason: "because"}},
		Expects: []TestExpect{
			{
				At: []string{"destination.stdout.console", TestDropped, TestDeadLetter}, Count: &zero,
				Contains: []any{"one", map[string]any{"a": json.Number("1")}}, Equals: []any{}, HasEquals: true,
			},
			{At: []string{"destination.stdout.console"}, Batches: []int{100, 5}, HasBatches: true},
		},
	}}
	if diff := cmp.Diff(want, tests, cmpopts.IgnoreTypes(Place{}), cmpopts.IgnoreUnexported(TestAssert{})); diff != "" {
		t.Errorf("tests (-want +got):\n%s", diff)
	}
}

func TestConditionOfATest(t *testing.T) {
	output := [][]byte{[]byte(`{"level":"error","n":5,"tags":["a"]}`), []byte("a line"), []byte(`{"level":"info"`)}
	for condition, want := range map[string]string{
		`output[0].level == "error" && output[0].n > 4`:       "true",
		`output[0].tags[0] == "a"`:                            "true",
		`output[1].message == "a line"`:                       "true",
		`output[2].message == "{\"level\":\"info\""`:          "true",
		`length(output) == 3`:                                 "true",
		`output[0].level == "info"`:                           "false",
		`var.name == "x" && matches("^a", output[1].message)`: "true",
		`try(output[7].level, "none") == "none"`:              "true",
		`output[7].level == "error"`:                          "There is no such element",
		`output[0].nothing == "error"`:                        "There is no such element",
		`output[0].level`:                                     "not true or false",
		`output[0].level < 5`:                                 "is no number",
		`parseint(output[1].message, 10) == 1`:                "An argument of parseint can't be used",
		`startswith(output[0].level, "e") ? null : true`:      "not true or false",
	} {
		tests := loadTests(t, testedConfig+"variable \"name\" {\n  type = string\n  default = \"x\"\n}\n", `
test "it" {
  pipeline = pipeline.main
  input {
    line = "x"
  }
  expect {
    at = [destination.stdout.console]
    assert {
      condition     = `+condition+`
      error_message = "said"
    }
  }
}
`)
		a := tests[0].Expects[0].Asserts[0]
		got := "false"
		ok, err := a.Holds(output)
		switch {
		case err != nil:
			got = err.Error()
		case ok:
			got = "true"
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", condition, got, want)
		}
		if a.Message != "said" {
			t.Errorf("%s: message %q", condition, a.Message)
		}
	}
}

func TestTestFilesOfAllFolders(t *testing.T) {
	dir := t.TempDir()
	const test = `test "NAME" {
  pipeline = pipeline.main
  input {
    line = "x"
  }
  expect {
    at = [destination.stdout.console]
  }
}
`
	for name, text := range map[string]string{
		"a/skidway.hcl": testedConfig, "a/b.test.hcl": "b", "a/a.test.hcl": "a", "a/.hidden.test.hcl": "hidden", "a/c.hcl": "",
		"b/more.hcl": "locals {}\n", "b/x.test.hcl": "x", "c/y.test.hcl": "y",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, ".test.hcl") {
			text = strings.Replace(test, "NAME", text, 1)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := testOptions(t, filepath.Join(dir, "a"))
	o.Paths = append(o.Paths, filepath.Join(dir, "b/more.hcl"))
	_, tests, _, diags := LoadTests(o)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	var names []string
	for _, test := range tests {
		names = append(names, test.Name)
	}
	if diff := cmp.Diff([]string{"a", "b", "x"}, names); diff != "" {
		t.Errorf("tests (-want +got):\n%s", diff)
	}
}
