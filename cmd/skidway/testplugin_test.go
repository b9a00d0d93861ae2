package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/skidway/skidway/plugins/sdk"
)

// chaosOptions script a destination that appends records to a file and misbehaves. Batches count from 1 over the
// process's life, attempts included.
type chaosOptions struct {
	Path string `sk:"path,required" doc:"Where accepted records are appended."`
	// Sleep before each batch is written.
	Sleep time.Duration `sk:"sleep" doc:"How long each batch takes."`
	// RetryAt asks to have the batch of that number again, once.
	RetryAt int `sk:"retry_at" doc:"The batch to be asked for again."`
	// PanicOn panics on every batch that holds a record with this text.
	PanicOn string `sk:"panic_on" doc:"A record's text to panic on."`
	// RejectOn rejects single records with this text.
	RejectOn string `sk:"reject_on" doc:"A record's text to reject."`
}

type chaos struct {
	o    chaosOptions
	file *os.File
	n    atomic.Int64
}

func (c *chaos) Open(context.Context, sdk.Config) (err error) {
	c.file, err = os.OpenFile(c.o.Path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	return err
}

func (c *chaos) Write(ctx context.Context, b *sdk.Batch) error {
	n := int(c.n.Add(1))
	if c.o.Sleep > 0 {
		select {
		case <-time.After(c.o.Sleep):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if c.o.RetryAt > 0 && n == c.o.RetryAt {
		return sdk.Retry(errors.New("asked for again on purpose"))
	}
	rejected := map[int]string{}
	for i, r := range b.Records() {
		switch s := string(r); {
		case c.o.PanicOn != "" && s == c.o.PanicOn:
			panic("a record that nobody can take")
		case c.o.RejectOn != "" && s == c.o.RejectOn:
			rejected[i] = "rejected on purpose"
		}
	}
	var kept []byte
	for i, r := range b.Records() {
		if _, no := rejected[i]; !no {
			kept = append(append(kept, r...), '\n')
		}
	}
	if _, err := c.file.Write(kept); err != nil {
		return err
	}
	if len(rejected) > 0 {
		return &sdk.PartialError{Rejected: rejected}
	}
	return nil
}

func (c *chaos) Close() error {
	if c.file == nil {
		return nil
	}
	return c.file.Close()
}

// testPlugin returns the plugin that this binary was installed as, if it was.
func testPlugin(name string) (p sdk.Plugin, ok bool) {
	var traits sdk.Traits
	switch name {
	case "chaos":
	case "chaos-ordered":
		traits.Ordered = true
	case "acked":
		return ackedPlugin(), true
	case "trouble":
		return troublePlugin(), true
	default:
		return p, false
	}
	return sdk.Plugin{
		Name: name, Version: "1.0.0", Description: "misbehaves on purpose",
		Destination: sdk.NewDestination(chaosOptions{}, func(o chaosOptions) sdk.Destination { return &chaos{o: o} }, traits),
	}, true
}

// installTestPlugin makes this binary available as the plugin of that name in dir.
func installTestPlugin(t *testing.T, dir, name string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.Link(self, path); err == nil {
		return
	}
	content, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o700); err != nil {
		t.Fatal(err)
	}
}
