package pluginhost

import (
	"debug/elf"
	"debug/macho"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"syscall"
)

// StartError says why a plugin could not be started or opened.
type StartError struct {
	// Plugin and Block name it.
	Plugin, Block string
	// What happened, and what to do about it (may be empty).
	What, Hint string
	// UserOnly: trying again is of no use until a person has changed something.
	UserOnly bool
	// Err is the cause; may be nil.
	Err error
}

// Error returns one line: what happened and what to do.
func (e *StartError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "start plugin %s", e.Plugin)
	if e.Block != "" {
		fmt.Fprintf(&b, " for %s", e.Block)
	}
	b.WriteString(": " + e.What)
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *StartError) Unwrap() error { return e.Err }

// execFailure explains why the system refused to run the file at path.
func execFailure(path string, err error) *StartError {
	e := &StartError{What: fmt.Sprintf("run %s: %v", path, err), UserOnly: true, Err: err}
	info, statErr := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && errors.Is(statErr, fs.ErrNotExist):
		e.What = fmt.Sprintf("there is no file %s", path)
		e.Hint = "install the plugin, or correct the path"
	case errors.Is(err, fs.ErrNotExist) && statErr == nil:
		e.What = fmt.Sprintf("the interpreter that %s asks for does not exist", path)
		e.Hint = "install it, or correct the first line of the script"
		if interpreter := elfInterpreter(path); interpreter != "" {
			e.What = fmt.Sprintf("%s needs the dynamic linker %s, which does not exist here", path, interpreter)
			e.Hint = "install the plugin's build for this system"
		}
	case statErr == nil && info.IsDir():
		e.What = fmt.Sprintf("%s is a directory", path)
		e.Hint = "name the executable in it"
	case errors.Is(err, fs.ErrPermission) && statErr == nil && info.Mode().Perm()&0o111 == 0:
		e.What = fmt.Sprintf("%s is not executable (mode %#o)", path, info.Mode().Perm())
		e.Hint = "make it executable: chmod +x " + path
	case errors.Is(err, fs.ErrPermission):
		e.What = fmt.Sprintf("the system does not allow to run %s", path)
		e.Hint = "check its owner and mode, those of its folders, and that the filesystem is not mounted noexec"
	case errors.Is(err, syscall.ENOEXEC), errors.Is(err, syscall.EINVAL):
		e.What = fmt.Sprintf("%s is no program for this machine (%s/%s)", path, runtime.GOOS, runtime.GOARCH)
		e.Hint = "install the plugin's build for this machine; a script has to begin with #!"
		if built := builtFor(path); built != "" {
			e.What += ": it was built for " + built
		}
	case errors.Is(err, syscall.ETXTBSY):
		e.What = fmt.Sprintf("%s is being written", path)
		e.Hint = "replace a plugin by renaming the new file over it"
		e.UserOnly = false
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE), errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.ENOMEM):
		e.Hint = "the system is short of descriptors, processes or memory"
		e.UserOnly = false
	}
	return e
}

// builtFor names the machine that a program was built for; empty when the file is no program.
func builtFor(path string) string {
	if f, err := elf.Open(path); err == nil {
		defer func() { _ = f.Close() }()
		return strings.ToLower(strings.TrimPrefix(f.Machine.String(), "EM_"))
	}
	if f, err := macho.Open(path); err == nil {
		defer func() { _ = f.Close() }()
		return "macOS " + strings.ToLower(strings.TrimPrefix(f.Cpu.String(), "Cpu"))
	}
	return ""
}

func elfInterpreter(path string) string {
	f, err := elf.Open(path)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP && p.Filesz < 4096 {
			name := make([]byte, p.Filesz)
			if _, err := p.ReadAt(name, 0); err == nil {
				return strings.TrimRight(string(name), "\x00")
			}
		}
	}
	return ""
}
