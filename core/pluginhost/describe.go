package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

const (
	// maxDescription bounds a description, in bytes of JSON.
	maxDescription = 1 << 20
	// describeTime is how long `--describe` may take.
	describeTime = 5 * time.Second
)

var namePattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]{0,63}$`)

// Describe runs the executable at path with --describe and returns what it prints. It takes at most five seconds, and
// nothing of the process is left.
func Describe(ctx context.Context, path string) (*pluginv1.DescribeResponse, error) {
	return describe(ctx, path, describeTime)
}

func describe(ctx context.Context, path string, within time.Duration) (*pluginv1.DescribeResponse, error) {
	fail := func(e *StartError) (*pluginv1.DescribeResponse, error) {
		e.Plugin = filepath.Base(path)
		return nil, e
	}
	proc, err := startProcess(processSpec{
		path: path, args: []string{path, "--describe"}, env: environment(Executable{Path: path}, nil),
	})
	if err != nil {
		return fail(execFailure(path, err))
	}
	proc.closeStdin()
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { proc.signal(syscall.SIGKILL) })
	defer stop()

	var out, complaint []byte
	var readErr error
	var readers sync.WaitGroup
	readers.Go(func() {
		defer proc.stdout.Close()
		out, readErr = io.ReadAll(io.LimitReader(proc.stdout, maxDescription+1))
		if len(out) > maxDescription {
			proc.signal(syscall.SIGKILL)
		}
	})
	readers.Go(func() {
		defer proc.stderr.Close()
		complaint, _ = io.ReadAll(io.LimitReader(proc.stderr, maxText))
		_, _ = io.Copy(io.Discard, proc.stderr)
	})
	readers.Wait()
	if !proc.exitsWithin(within) {
		_ = proc.kill(within)
	}

	text, _ := describeExit(proc.state)
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fail(&StartError{
			What: fmt.Sprintf("%s --describe did not end within %s", path, within),
			Hint: "it is no Skidway plugin, or it works before it looks at its arguments", Err: ctx.Err(),
		})
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case len(out) > maxDescription:
		return fail(&StartError{What: fmt.Sprintf("%s --describe printed more than %d bytes", path, maxDescription), Hint: "it is no Skidway plugin"})
	case proc.state == nil || !proc.state.Success():
		e := &StartError{What: fmt.Sprintf("%s --describe failed: %s", path, text)}
		if line := lastLine(complaint); line != "" {
			e.What += "; last line: " + line
		}
		return fail(e)
	case readErr != nil && !errors.Is(readErr, os.ErrDeadlineExceeded):
		return fail(&StartError{What: fmt.Sprintf("read description: %v", readErr), Err: readErr})
	}
	d := &pluginv1.DescribeResponse{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(out, d); err != nil {
		return fail(&StartError{
			What: fmt.Sprintf("%s --describe printed no description: %q", path, shorten(string(out), 80)),
			Hint: "it is no Skidway plugin", Err: err,
		})
	}
	switch {
	case !namePattern.MatchString(d.GetName()):
		return fail(&StartError{What: fmt.Sprintf("%s describes itself under the name %q, which is none", path, shorten(d.GetName(), 64)), Hint: "a plugin's name has letters, digits, _ and -"})
	case d.GetDestination() == nil && d.GetSource() == nil:
		return fail(&StartError{What: fmt.Sprintf("%s provides neither a destination nor a source", path), Hint: "use a plugin that does"})
	}
	return d, nil
}

func lastLine(text []byte) string {
	s := strings.TrimSpace(string(text))
	return escape(s[strings.LastIndexByte(s, '\n')+1:], tailBytes)
}
