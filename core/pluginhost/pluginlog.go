package pluginhost

import (
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/core/metrics"
)

const (
	// tailLines and tailBytes bound what is kept of a plugin's last lines for the event of its end.
	tailLines = 20
	tailBytes = 512
)

// pluginLog logs the lines of one incarnation under the plugin's name. It is safe for concurrent use.
type pluginLog struct {
	log     hclog.Logger
	scrub   scrubber
	dropped *metrics.Counter
	now     func() time.Time

	mu    sync.Mutex
	limit rateLimit
	// crashed: what follows belongs to the dump of a crash and is logged as errors.
	crashed bool
	// crash is the first line of a crash.
	crash string
	// tail is a ring of the last lines; next is where the next one goes.
	tail [tailLines]string
	next int
}

func newPluginLog(o *Options) *pluginLog {
	return &pluginLog{
		log:     o.Log.Named(o.Executable.Name).With(o.addressKey(), o.Address),
		scrub:   newScrubber(o.Secrets),
		dropped: o.LogLinesDropped,
		now:     time.Now,
	}
}

// stream returns a writer that splits its input into lines. Its end is told for the last line; each goroutine uses one of
// its own.
func (l *pluginLog) stream() *lines { return &lines{emit: l.emit} }

func (l *pluginLog) emit(line []byte, cut int) {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	admitted := l.limit.admit(now)
	if n := l.limit.report(now); n > 0 {
		l.log.Warn("plugin log lines dropped", "lines", n)
	}
	if !admitted {
		l.dropped.Add(1)
		if !l.crashed && isCrash(string(line[:min(len(line), 64)])) {
			l.remember(l.clean(string(line[:min(len(line), tailBytes)]), true))
		}
		return
	}
	parsed := parseLogLine(line)
	if parsed.message == "" && len(parsed.fields) == 0 {
		return
	}
	message := l.clean(parsed.message, cut > 0)
	l.remember(message)
	if l.crashed {
		parsed.level = hclog.Error
	}
	args := make([]any, 0, 2*len(parsed.fields)+2)
	for _, f := range parsed.fields {
		args = append(args, keyOf(l.scrub.scrub(f.key)), escape(l.scrub.scrub(f.value), maxLogValue))
	}
	if cut > 0 {
		args = append(args, "bytes_cut", cut)
	}
	l.log.Log(parsed.level, message, args...)
}

func (l *pluginLog) clean(s string, cut bool) string {
	if cut {
		return escape(l.scrub.scrubCut(s), maxLine)
	}
	return escape(l.scrub.scrub(s), maxLine)
}

// message makes what a plugin says in an answer harmless. A text that comes close to the protocol's limit may have been
// cut there by the plugin, within a secret.
func (l *pluginLog) message(s string) string {
	return l.clean(shorten(s, maxText), len(s) > maxText-utf8.UTFMax)
}

func (l *pluginLog) remember(message string) {
	if len(message) > tailBytes {
		message = valid(message[:tailBytes]) + "…"
	}
	if !l.crashed && isCrash(message) {
		l.crashed, l.crash = true, message
	}
	l.tail[l.next%tailLines] = message
	l.next++
}

// lastWords returns the line that says most about the plugin's end: the first one of a crash, else the last.
func (l *pluginLog) lastWords() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.crash != "" || l.next == 0 {
		return l.crash
	}
	return l.tail[(l.next-1)%tailLines]
}

// lastLines returns the last lines, oldest first.
func (l *pluginLog) lastLines() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var kept []string
	for i := max(0, l.next-tailLines); i < l.next; i++ {
		kept = append(kept, l.tail[i%tailLines])
	}
	return strings.Join(kept, "\n")
}

// finish reports the lines dropped since the last report.
func (l *pluginLog) finish() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := l.limit.dropped; n > 0 {
		l.limit.dropped = 0
		l.log.Warn("plugin log lines dropped", "lines", n)
	}
}

// read logs what comes from f, begun with what was already read from it, until f ends or its deadline passes, and
// closes it.
func (l *pluginLog) read(f *os.File, begun []byte) {
	defer f.Close()
	s := l.stream()
	defer s.end()
	_, _ = s.Write(begun)
	_, _ = io.CopyBuffer(s, struct{ io.Reader }{f}, make([]byte, 16<<10))
}
