package pluginhost

import (
	"os/exec"
	"testing"
)

func TestDescribeExit(t *testing.T) {
	tests := map[string]struct {
		script     string
		text       string
		selfCaused bool
	}{
		"success":      {"exit 0", "exit status 0", true},
		"failure":      {"exit 3", "exit status 3", true},
		"fatal signal": {"kill -SEGV $$", "crashed with signal: segmentation fault", true},
		"abort":        {"kill -ABRT $$", "crashed with signal: aborted", true},
		"terminated":   {"kill -TERM $$", "ended from outside by signal: terminated", false},
		"killed":       {"kill -KILL $$", "killed by SIGKILL, from outside or by the out-of-memory killer", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", "ulimit -c 0; "+tt.script)
			_ = cmd.Run()
			text, self := describeExit(cmd.ProcessState)
			if text != tt.text || self != tt.selfCaused {
				t.Errorf("describeExit = %q, %t, want %q, %t", text, self, tt.text, tt.selfCaused)
			}
		})
	}
}
