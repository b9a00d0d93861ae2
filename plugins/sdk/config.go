package sdk

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// maxWindow is the largest max_in_flight that is taken at its word.
const maxWindow = 1024

// window returns how many batches the router may have with the plugin at once.
func window(req *pluginv1.OpenRequest) int {
	return int(min(max(req.GetMaxInFlight(), 1), maxWindow))
}

// config returns what the author's Open gets.
func (p *process) config(req *pluginv1.OpenRequest, wantsStdout bool) (Config, error) {
	c := Config{
		Address:       req.GetAddress(),
		CursorEpoch:   req.GetCursorEpoch(),
		StateDir:      req.GetStateDir(),
		MaxInFlight:   window(req),
		RouterVersion: req.GetRouterVersion(),
		Log:           p.log,
		Durable:       p.mark.say,
		Exit:          p.exit,
	}
	if id := req.GetSpoolId(); len(id) > 0 && copy(c.SpoolID[:], id) != len(id) || len(id) > 0 && len(id) < len(c.SpoolID) {
		return Config{}, Reject(fmt.Errorf("spool_id has %d bytes, want %d", len(id), len(c.SpoolID)))
	}
	if wantsStdout {
		stdout, err := inherited(req.GetStdoutFd())
		if err != nil {
			return Config{}, Reject(err)
		}
		c.Stdout = stdout
	}
	return c, nil
}

// inherited returns the router's standard output, which came as a descriptor of that number.
func inherited(fd uint32) (*os.File, error) {
	if fd < 3 || fd > 1<<16 {
		return nil, fmt.Errorf("stdout_fd is %d: the router did not pass its standard output on", fd)
	}
	var st syscall.Stat_t
	if err := syscall.Fstat(int(fd), &st); err != nil {
		return nil, fmt.Errorf("stdout_fd %d: %w", fd, err)
	}
	syscall.CloseOnExec(int(fd))
	return os.NewFile(uintptr(fd), "router's standard output"), nil
}

// leaveError is why a plugin ends itself.
type leaveError struct{ reason string }

func (e *leaveError) Error() string { return e.reason }

// exit is Config.Exit.
func (p *process) exit(reason string) {
	p.stop.end(&leaveError{reason})
	p.log.Info("the plugin ends itself", "reason", reason)
}

// diagnosticsError is what is wrong with a configuration, as one error.
func diagnosticsError(diagnostics []*pluginv1.Diagnostic) error {
	texts := make([]string, 0, len(diagnostics))
	for _, d := range diagnostics {
		text := strings.TrimSuffix(d.GetSummary(), ".")
		if path := pathText(d.GetPath()); path != "" {
			text = path + ": " + text
		}
		texts = append(texts, text)
	}
	return errors.New("configuration: " + strings.Join(texts, "; "))
}
