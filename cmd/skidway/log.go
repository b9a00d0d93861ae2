package main

import (
	"io"
	"os"
	"time"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/sys/unix"

	"github.com/skidway/skidway/core/config"
)

// newLog returns the log as the configuration wants it. For people at a terminal a line begins with the time of day;
// everywhere else with date, time in UTC and the program's name.
func newLog(r config.Router, w io.Writer) hclog.InterceptLogger {
	f, isFile := fileOf(w)
	terminal := isFile && isTerminal(f)
	o := &hclog.LoggerOptions{
		Name:       "skidway",
		Level:      hclog.LevelFromString(r.LogLevel),
		Output:     w,
		JSONFormat: r.LogFormat == "json" || r.LogFormat == "auto" && !terminal,
		TimeFormat: "2006-01-02T15:04:05.000Z07:00",
		TimeFn:     func() time.Time { return time.Now().UTC() },
	}
	if terminal && !o.JSONFormat {
		o.Name, o.TimeFormat, o.TimeFn = "", "15:04:05.000", time.Now
		if colored(w) {
			o.Color, o.ColorHeaderAndFields = hclog.ForceColor, true
		}
	}
	return hclog.NewInterceptLogger(o)
}

// colored reports whether w is a terminal that may be written to in colours.
func colored(w io.Writer) bool {
	f, ok := fileOf(w)
	return ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(f)
}

// fileOf returns the file that w writes to, if it does.
func fileOf(w io.Writer) (*os.File, bool) {
	switch x := w.(type) {
	case *os.File:
		return x, true
	case interface{ file() *os.File }:
		return x.file(), true
	}
	return nil, false
}

// isTerminal reports whether f is a terminal, which has a size.
func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	return err == nil
}
