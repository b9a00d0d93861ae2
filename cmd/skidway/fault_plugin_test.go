package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/skidway/skidway/plugins/sdk"
)

// troubleOptions are of a destination that appends records to a file, one after the other, and does what files in a
// folder ask for.
type troubleOptions struct {
	Path string `sk:"path,required" doc:"Where accepted records are appended."`
	// Folder holds, while it is wanted: "down", to ask for every batch again; "unstartable", to exit at once; "hold", to
	// answer nothing.
	Folder string `sk:"folder,required" doc:"Where it looks for what to do."`
	// ExitOn ends the process at a record that begins with it.
	ExitOn string `sk:"exit_on" doc:"The beginning of a record that ends the process."`
	// RejectOn and RetryOn are of single records. What begins with RetryOn is asked for again once.
	RejectOn string `sk:"reject_on" doc:"The beginning of records that are rejected."`
	RetryOn  string `sk:"retry_on" doc:"The beginning of records that are asked for again once."`
}

type trouble struct {
	o     troubleOptions
	file  *os.File
	mu    sync.Mutex
	asked map[string]bool
}

func (p *trouble) wanted(what string) bool {
	_, err := os.Stat(filepath.Join(p.o.Folder, what))
	return err == nil
}

func (p *trouble) Open(context.Context, sdk.Config) (err error) {
	if p.wanted("unstartable") {
		os.Exit(7)
	}
	p.asked = map[string]bool{}
	p.file, err = os.OpenFile(p.o.Path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	return err
}

func (p *trouble) Write(ctx context.Context, b *sdk.Batch) error {
	for p.wanted("hold") {
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if p.wanted("down") {
		return sdk.Retry(errors.New("down on purpose"))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	partial := sdk.PartialError{Rejected: map[int]string{}, Retry: map[int]string{}}
	var kept []byte
	for i, r := range b.Records() {
		s := string(r)
		begins := func(with string) bool { return with != "" && strings.HasPrefix(s, with) }
		switch {
		case begins(p.o.ExitOn):
			os.Exit(3)
		case begins(p.o.RejectOn):
			partial.Rejected[i] = "rejected on purpose"
		case begins(p.o.RetryOn) && !p.asked[s]:
			p.asked[s] = true
			partial.Retry[i] = "not now"
		default:
			kept = append(append(kept, r...), '\n')
		}
	}
	if _, err := p.file.Write(kept); err != nil {
		return err
	}
	if len(partial.Rejected)+len(partial.Retry) > 0 {
		return &partial
	}
	return nil
}

func (p *trouble) Close() error {
	if p.file == nil {
		return nil
	}
	return p.file.Close()
}

func troublePlugin() sdk.Plugin {
	return sdk.Plugin{
		Name: "trouble", Version: "1.0.0", Description: "is in trouble when a test wants it",
		Destination: sdk.NewDestination(troubleOptions{}, func(o troubleOptions) sdk.Destination { return &trouble{o: o} }, sdk.Traits{}),
	}
}
