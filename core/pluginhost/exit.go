package pluginhost

import (
	"fmt"
	"os"
	"syscall"
)

// describeExit says how a process ended, and whether it ended itself: by an exit or by a fatal signal of its own, not by
// a signal from outside. SIGKILL comes from a person, a service manager or the out-of-memory killer, never from the
// process.
func describeExit(state *os.ProcessState) (text string, selfCaused bool) {
	if state == nil {
		return "its end was not seen", false
	}
	ws, ok := state.Sys().(syscall.WaitStatus)
	if !ok || !ws.Signaled() {
		return fmt.Sprintf("exit status %d", state.ExitCode()), true
	}
	sig := ws.Signal()
	switch sig {
	case syscall.SIGKILL:
		return "killed by SIGKILL, from outside or by the out-of-memory killer", false
	case syscall.SIGABRT, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGILL, syscall.SIGPIPE, syscall.SIGSEGV,
		syscall.SIGSYS, syscall.SIGTRAP, syscall.SIGXCPU, syscall.SIGXFSZ:
		return "crashed with signal: " + sig.String(), true
	default:
		return "ended from outside by signal: " + sig.String(), false
	}
}
