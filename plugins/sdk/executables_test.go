package sdk

import (
	"context"
	"fmt"
	"io"
	"os"
)

// executables are the plugins that the test binary serves when it is started as one.
func executables() map[string]Plugin {
	return map[string]Plugin{
		"good": executable("good", &fake{}, Traits{}),
		"stuck": executable("stuck", &fake{write: func(_ context.Context, b *Batch) error {
			b.Working() // tells the test that the write has begun
			select {}
		}}, Traits{}),
		"stdout": executable("stdout", &copier{}, Traits{Ordered: true, WantsStdout: true}),
		"quits":  executable("quits", &quitter{}, Traits{}),
		"slow": executable("slow", &fake{write: func(_ context.Context, b *Batch) error {
			b.Working() // tells the test that the write has begun
			_, err := os.ReadFile(string(b.Record(0)))
			return err
		}}, Traits{}),
		"noisy":  executable("noisy", &printer{}, Traits{}),
		"logs":   executable("logs", &logger{}, Traits{}),
		"source": {Name: "source", Version: "1.0.0", Source: NewSource(noOptions{}, func(noOptions) Source { return &fakeSource{} })},
	}
}

func executable(name string, d Destination, traits Traits) Plugin {
	p := pluginOf(d, traits)
	p.Name, p.Description = name, "For tests."
	return p
}

// copier writes records to the router's standard output.
type copier struct {
	fake
	out io.Writer
}

func (c *copier) Open(_ context.Context, config Config) error {
	c.out = config.Stdout
	return nil
}

func (c *copier) Write(_ context.Context, b *Batch) error {
	_, err := c.out.Write(b.Data())
	return err
}

// quitter ends the process at its first batch, which it accepts.
type quitter struct {
	fake
	exit func(string)
}

func (q *quitter) Open(_ context.Context, config Config) error {
	q.exit = config.Exit
	return nil
}

func (q *quitter) Write(context.Context, *Batch) error {
	q.exit("the reader went away")
	return nil
}

// printer prints, and ends the process at its second batch.
type printer struct {
	fake
	batches int
}

func (*printer) Open(context.Context, Config) error {
	fmt.Fprintln(os.Stdout, "printed in Open")
	return nil
}

func (p *printer) Write(context.Context, *Batch) error {
	fmt.Fprintln(os.Stdout, "printed in Write")
	if p.batches++; p.batches == 2 {
		fmt.Fprintln(os.Stderr, "last words")
		os.Exit(5)
	}
	return nil
}

// logger writes a log line for every batch.
type logger struct {
	fake
	config Config
}

func (l *logger) Open(_ context.Context, config Config) error {
	l.config = config
	return nil
}

func (l *logger) Write(_ context.Context, b *Batch) error {
	l.config.Log.Warn("a line", "records", b.Len())
	return nil
}
