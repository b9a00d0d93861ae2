package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/skidway/skidway/core/config"
	"github.com/skidway/skidway/core/router"
)

func newTest() *cobra.Command {
	var flags configFlags
	var run string
	var asJSON, asJUnit bool
	cmd := &cobra.Command{
		Use:   "test [-c PATH]...",
		Short: "run the tests of a configuration",
		Long: "Run the tests of a configuration: the test blocks in *.test.hcl beside it. Records go through the real pipelines in\n" +
			"memory, time is virtual, and no plugin, network or secret is needed.\n" +
			"Exit status: 0 all passed, 1 one failed, 2 the configuration or a test is wrong.",
		Example: "  skidway test -c skidway.hcl\n  skidway test --run redact --junit > report.xml",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON && asJUnit {
				return usage("choose one", "--json and --junit can't stand beside each other")
			}
			only, err := regexp.Compile(run)
			if err != nil {
				return usage("for example: --run redact", "--run is not a regular expression: %v", err)
			}
			o, err := flags.options(cmd.Context(), false)
			if err != nil {
				return err
			}
			c, tests, files, diags := config.LoadTests(o)
			if diags.HasErrors() {
				if err := writeDiagnostics(cmd.OutOrStdout(), diags, files); err != nil {
					return err
				}
				return &exitError{status: exitUsage, message: summary(diags)}
			}
			if len(tests) == 0 {
				return &exitError{status: exitUsage, message: "there are no tests", hint: `write test "NAME" { … } blocks into a file *.test.hcl beside the configuration`}
			}
			var results []router.TestResult
			for _, t := range tests {
				if !only.MatchString(t.Name) {
					continue
				}
				r, err := router.RunTest(c, t)
				if err != nil {
					return failed("", "run test %q: %v", t.Name, err)
				}
				for i := range r.Failures {
					f := &r.Failures[i]
					f.Message, f.Detail = c.Scrub(f.Message), c.Scrub(f.Detail)
				}
				results = append(results, r)
			}
			if len(results) == 0 {
				return usage("leave --run out to run all", "no test's name matches %q", run)
			}
			return writeResults(cmd.OutOrStdout(), results, asJSON, asJUnit)
		},
	}
	flags.add(cmd)
	cmd.Flags().StringVar(&run, "run", "", "only tests whose name matches this regular `expression`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the results as JSON")
	cmd.Flags().BoolVar(&asJUnit, "junit", false, "print the results as JUnit's XML")
	return cmd
}

// writeResults prints results; the error says that some failed.
func writeResults(w io.Writer, results []router.TestResult, asJSON, asJUnit bool) error {
	bad := 0
	for _, r := range results {
		if len(r.Failures) > 0 {
			bad++
		}
	}
	var err error
	switch {
	case asJSON:
		err = writeJSON(w, testsJSON(results))
	case asJUnit:
		err = writeJUnit(w, results, bad)
	default:
		writeTestText(w, results)
	}
	if err != nil {
		return failed("", "print results: %v", err)
	}
	total := plural(len(results), "test")
	if bad > 0 {
		return &exitError{status: exitFailed, message: quietIf(asJSON || asJUnit, fmt.Sprintf("%d of %s failed", bad, total))}
	}
	if !asJSON && !asJUnit {
		fmt.Fprintf(w, "%s passed\n", total)
	}
	return nil
}

func writeTestText(w io.Writer, results []router.TestResult) {
	for _, r := range results {
		if len(r.Failures) == 0 {
			fmt.Fprintf(w, "ok    %s\n", config.OneLine(r.Test.Name))
			continue
		}
		fmt.Fprintf(w, "FAIL  %s\n", config.OneLine(r.Test.Name))
		for _, f := range r.Failures {
			fmt.Fprintf(w, "      %s: %s\n", placeOf(f.At), config.OneLine(f.Message))
			if f.Detail == "" {
				continue
			}
			for line := range strings.SplitSeq(f.Detail, "\n") {
				fmt.Fprintf(w, "        | %s\n", config.OneLine(line))
			}
		}
	}
}

func placeOf(p config.Place) string { return fmt.Sprintf("%s:%d", p.File, p.Line) }

// testJSON is one result for programs.
type testJSON struct {
	Name     string        `json:"name"`
	Place    string        `json:"place"`
	Passed   bool          `json:"passed"`
	Failures []failureJSON `json:"failures,omitempty"`
}

type failureJSON struct {
	Place   string `json:"place"`
	Message string `json:"message"`
	Detail  string `json:"detail,omitempty"`
}

func testsJSON(results []router.TestResult) []testJSON {
	all := []testJSON{}
	for _, r := range results {
		t := testJSON{Name: r.Test.Name, Place: placeOf(r.Test.Place), Passed: len(r.Failures) == 0}
		for _, f := range r.Failures {
			t.Failures = append(t.Failures, failureJSON{Place: placeOf(f.At), Message: f.Message, Detail: f.Detail})
		}
		all = append(all, t)
	}
	return all
}

// The elements of JUnit's XML that its readers agree on.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name     string         `xml:"name,attr"`
		Class    string         `xml:"classname,attr"`
		File     string         `xml:"file,attr"`
		Line     int            `xml:"line,attr"`
		Failures []junitFailure `xml:"failure"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// writeJUnit writes one suite for each file.
func writeJUnit(w io.Writer, results []router.TestResult, bad int) error {
	out := junitSuites{Tests: len(results), Failures: bad}
	for _, r := range results {
		file := r.Test.Place.File
		if n := len(out.Suites); n == 0 || out.Suites[n-1].Name != file {
			out.Suites = append(out.Suites, junitSuite{Name: file})
		}
		s := &out.Suites[len(out.Suites)-1]
		c := junitCase{Name: r.Test.Name, Class: r.Test.Pipeline, File: file, Line: r.Test.Place.Line}
		for _, f := range r.Failures {
			c.Failures = append(c.Failures, junitFailure{Message: f.Message, Text: strings.TrimSpace(placeOf(f.At) + "\n" + f.Detail)})
		}
		s.Tests++
		if len(c.Failures) > 0 {
			s.Failures++
		}
		s.Cases = append(s.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(out); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
