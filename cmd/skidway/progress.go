package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/core/router"
)

// progress prints what was sent, once a second.
type progress struct {
	w        io.Writer
	count    int64 // 0: endless
	terminal bool
	began    time.Time
	// connections are those asked for, connects those made so far.
	connections int64
	connects    atomic.Int64

	router *router.Router
	stop   chan struct{}
	wg     sync.WaitGroup

	mu sync.Mutex
	// bar is what stands on the last line of the terminal; empty: nothing of ours.
	bar string
}

// start begins to print; the router runs.
func (p *progress) start(r *router.Router) {
	p.router, p.stop = r, make(chan struct{})
	p.wg.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		last := int64(0)
		for {
			select {
			case <-p.stop:
				return
			case <-tick.C:
				sent, reconnects := p.sent()
				p.print(sent, float64(sent-last), reconnects)
				last = sent
			}
		}
	})
}

// end prints the totals.
func (p *progress) end() {
	if p.router == nil {
		return
	}
	close(p.stop)
	p.wg.Wait()
	sent, reconnects := p.sent()
	p.print(sent, float64(sent)/time.Since(p.began).Seconds(), reconnects)
	if p.bar != "" {
		fmt.Fprintln(p.w)
	}
}

func (p *progress) sent() (records, reconnects int64) {
	for _, d := range p.router.Report().Destinations {
		records += d.Delivered
	}
	return records, max(0, p.connects.Load()-p.connections)
}

// Accept counts the connections that the log tells of.
func (p *progress) Accept(_ string, _ hclog.Level, msg string, _ ...any) {
	if msg == "connected" {
		p.connects.Add(1)
	}
}

func (p *progress) print(sent int64, rate float64, reconnects int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := fmt.Sprintf("sent %d, %.1f records/s, %s", sent, rate, plural(int(reconnects), "reconnect"))
	if p.count == 0 || !p.terminal {
		fmt.Fprintln(p.w, text)
		return
	}
	const width = 30
	full := int(width * sent / p.count)
	p.bar = fmt.Sprintf("[%s%s] %s", strings.Repeat("#", full), strings.Repeat(".", width-full), text)
	fmt.Fprint(p.w, clearLine, p.bar)
}

// clearLine empties the terminal's last line.
const clearLine = "\r\x1b[K"

// above returns a writer for the log whose lines appear above the bar.
func (p *progress) above(w io.Writer) io.Writer {
	f, ok := fileOf(w)
	if !ok || !p.terminal || p.count == 0 || !isTerminal(f) {
		return w
	}
	return aboveBar{f, p}
}

type aboveBar struct {
	f *os.File
	p *progress
}

func (a aboveBar) file() *os.File { return a.f }

func (a aboveBar) Write(b []byte) (int, error) {
	a.p.mu.Lock()
	defer a.p.mu.Unlock()
	if a.p.bar == "" {
		return a.f.Write(b)
	}
	fmt.Fprint(a.p.w, clearLine)
	n, err := a.f.Write(b)
	fmt.Fprint(a.p.w, a.p.bar)
	return n, err
}
