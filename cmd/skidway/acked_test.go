package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/skidway/skidway/plugins/sdk"
)

// ackedOptions are of a source that learns what was accepted, and never sends an id twice: "<run>:<number> <padding>",
// where run is another one in each process.
type ackedOptions struct {
	Folder string `sk:"folder,required" doc:"Where it claims runs and keeps what was accepted."`
	Size   int    `sk:"size" doc:"Bytes of padding."`
	// Services makes the records JSON: see kinds.
	Services int `sk:"services" doc:"How many rare services there are; 0: records are no JSON."`
}

type acked struct {
	o    ackedOptions
	file *os.File
	run  int
}

// Open claims a run: nobody else has the same one.
func (a *acked) Open(context.Context, sdk.Config) (err error) {
	for {
		a.file, err = os.OpenFile(filepath.Join(a.o.Folder, fmt.Sprintf("run-%06d", a.run)), os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
		if !errors.Is(err, os.ErrExist) {
			return err
		}
		a.run++
	}
}

// Run sends batches of different sizes and appends the number of accepted records to the file of its run.
func (a *acked) Run(ctx context.Context, out *sdk.Output) error {
	type waiting struct {
		receipt *sdk.Receipt
		sent    int
	}
	receipts := make(chan waiting, 1024)
	kept := make(chan error, 1)
	go func() {
		var err error
		for w := range receipts {
			if err == nil {
				err = w.receipt.Wait(context.WithoutCancel(ctx))
			}
			if err == nil {
				_, err = fmt.Fprintf(a.file, "%d\n", w.sent)
			}
		}
		kept <- err
	}()
	pad := strings.Repeat("x", a.o.Size)
	sent := 0
	line := func(b []byte) []byte { return fmt.Appendf(b, "%d:%d %s", a.run, sent, pad) }
	if a.o.Services > 0 {
		line = func(b []byte) []byte { return kinds{a.o.Services}.append(b, a.run, sent, pad) }
	}
	var r sdk.Records
	var text []byte
	for n := 1; ctx.Err() == nil; n = n*7%101 + 1 {
		r.Reset()
		for range n {
			text = line(text[:0])
			r.Append(text)
			sent++
		}
		receipt, err := out.Send(ctx, &r)
		if err != nil {
			break
		}
		receipts <- waiting{receipt, sent}
	}
	close(receipts)
	return <-kept
}

func (a *acked) Close() error { return a.file.Close() }

func ackedPlugin() sdk.Plugin {
	return sdk.Plugin{
		Name: "acked", Version: "1.0.0", Description: "sends ids and keeps those that were accepted",
		Source: sdk.NewSource(ackedOptions{Size: 200}, func(o ackedOptions) sdk.Source { return &acked{o: o} }),
	}
}

// acceptedRuns returns for each run how many of its records were accepted at least.
func acceptedRuns(t *testing.T, folder string) map[int]int {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "run-*"))
	if err != nil {
		t.Fatal(err)
	}
	accepted := map[int]int{}
	for _, path := range files {
		run, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(path), "run-"))
		if err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		accepted[run] = 0
		if lines := strings.Fields(string(content)); len(lines) > 0 {
			if accepted[run], err = strconv.Atoi(lines[len(lines)-1]); err != nil {
				t.Fatal(err)
			}
		}
	}
	return accepted
}

// exactlyOnce checks that every run's records are there once and in order, without a gap, and at least those that were
// accepted. It returns how many there are.
func exactlyOnce(t *testing.T, content []byte, accepted map[int]int, size int) int {
	t.Helper()
	next := map[int]int{}
	total, wrong := 0, 0
	complain := func(format string, args ...any) {
		if wrong++; wrong <= 10 {
			t.Errorf(format, args...)
		}
	}
	pad := strings.Repeat("x", size)
	for line := range bytes.Lines(content) {
		total++
		id, rest, _ := strings.Cut(strings.TrimSuffix(string(line), "\n"), " ")
		run, number, ok := strings.Cut(id, ":")
		r, err1 := strconv.Atoi(run)
		n, err2 := strconv.Atoi(number)
		switch {
		case !ok || err1 != nil || err2 != nil || rest != pad:
			complain("line %d is no record: %.80q", total, line)
		case n != next[r]:
			complain("line %d is record %d of run %d; %d was due", total, n, r, next[r])
			next[r] = max(next[r], n+1)
		default:
			next[r]++
		}
	}
	for run, n := range accepted {
		if next[run] < n {
			complain("run %d: %d records were accepted, %d arrived", run, n, next[run])
		}
	}
	if wrong > 10 {
		t.Errorf("and %d more", wrong-10)
	}
	return total
}

// readRotated returns the content of a file and of what was rotated out of it, oldest first.
func readRotated(t *testing.T, path string) []byte {
	t.Helper()
	ext := filepath.Ext(path)
	files, err := filepath.Glob(strings.TrimSuffix(path, ext) + "-*")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	var all []byte
	for i, name := range append(files, path) {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		plain, compressed := strings.CutSuffix(name, ".gz")
		switch {
		case strings.HasSuffix(name, ".partial"):
			continue
		case compressed && i > 0 && slices.Contains(files[:i], plain):
			continue // the plain one is still there
		case compressed:
			r, err := gzip.NewReader(bytes.NewReader(content))
			if err != nil {
				t.Fatal(err)
			}
			if content, err = io.ReadAll(r); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		all = append(all, content...)
	}
	return all
}
