package pluginhost

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

func TestStartSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	// The start of a program for a machine that this is not.
	foreign := "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x16\x00\x01" + strings.Repeat("\x00", 43)
	tests := map[string]struct {
		path     string
		args     []string
		want     string
		userOnly bool
	}{
		"missing":              {path: filepath.Join(dir, "none"), want: "there is no file", userOnly: true},
		"not executable":       {path: write("plain", "#!/bin/sh\n", 0o600), want: "is not executable (mode 0600); make it executable: chmod +x", userOnly: true},
		"directory":            {path: dir, want: "is a directory", userOnly: true},
		"not a program":        {path: write("text", "hello", 0o700), want: "is no program for this machine", userOnly: true},
		"wrong machine":        {path: write("foreign", foreign, 0o700), want: "it was built for s390", userOnly: true},
		"interpreter missing":  {path: write("script", "#!/no/such/interpreter\n", 0o700), want: "the interpreter that", userOnly: true},
		"not a plugin":         {path: "/bin/true", want: "it ended before its handshake: exit status 0"},
		"prints and ends":      {path: "/bin/echo", want: `it printed "testplugin" on its standard output`, userOnly: true},
		"ends early":           {args: []string{"exit-before-handshake"}, want: "it ended before its handshake: exit status 3; last line: cannot find my licence"},
		"leaves a child":       {args: []string{"child"}, want: "it ended before its handshake: exit status 4"},
		"silent":               {args: []string{"silent"}, want: "it made no handshake within 1s"},
		"closes its output":    {args: []string{"close-stdout"}, want: "it closed its standard output before its handshake"},
		"prints first":         {args: []string{"banner"}, want: `it printed "Welcome to ACME!"`, userOnly: true},
		"endless line":         {args: []string{"long-line"}, want: `it printed "xxx`, userOnly: true},
		"older protocol":       {args: []string{"old"}, want: "it speaks version 0 of the plugin protocol, this router version 1; install a newer version of the plugin", userOnly: true},
		"no gRPC":              {args: []string{"netrpc"}, want: "it does not serve gRPC", userOnly: true},
		"TCP":                  {args: []string{"tcp"}, want: "only unix sockets are allowed", userOnly: true},
		"abstract socket":      {args: []string{"abstract"}, want: "the path is not absolute and clean", userOnly: true},
		"dots in the path":     {args: []string{"dotdot"}, want: "the path is not absolute and clean", userOnly: true},
		"link to a socket":     {args: []string{"symlink"}, want: "it is not a socket", userOnly: true},
		"accepts nothing":      {args: []string{"never-accepts"}, want: "its connection broke during Describe"},
		"serves nothing":       {args: []string{"no-services"}, want: "it does not serve Open", userOnly: true},
		"another plugin":       {args: []string{"other-name"}, want: `it says that it is plugin "other", not "test"`, userOnly: true},
		"other role":           {args: []string{"no-roles"}, want: "it provides no destination", userOnly: true},
		"contradicts itself":   {args: []string{"resume-unordered"}, want: "resume requires ordered", userOnly: true},
		"bad configuration":    {args: []string{"open-invalid"}, want: "no such index: (sensitive); correct the configuration", userOnly: true},
		"destination is down":  {args: []string{"open-unavailable"}, want: "Open failed: connection refused (Unavailable)"},
		"ends during Open":     {args: []string{"open-exit"}, want: "it ended during Open: exit status 5; last line: goodbye from Open"},
		"does not answer Open": {args: []string{"open-hang"}, want: "it did not answer Open within 1s"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, _ := testOptions(t, tt.args...)
			o = o.withDefaults()
			if tt.path != "" {
				o.Executable.Path = tt.path
			}
			tm := fastTimings()
			tm.exit = 500 * time.Millisecond
			switch name {
			case "silent":
				tm.handshake = time.Second
			case "does not answer Open":
				tm.open = time.Second
			}
			op, err := open(t.Context(), &o, tm, pluginv1.Role_ROLE_DESTINATION)
			if err == nil {
				_ = op.end(tm)
				t.Fatal("it started")
			}
			var e *StartError
			if !errors.As(err, &e) {
				t.Fatalf("error is a %T: %v", err, err)
			}
			if !strings.HasPrefix(err.Error(), "start plugin test for destination.test.main: ") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q\ndoes not say %q", err, tt.want)
			}
			if e.UserOnly != tt.userOnly {
				t.Errorf("UserOnly = %t, want %t (%v)", e.UserOnly, tt.userOnly, err)
			}
		})
	}
}

func TestBadRuntimeDirectoryIsRefused(t *testing.T) {
	open644 := filepath.Join(t.TempDir(), "d")
	if err := os.Mkdir(open644, 0o755); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		"/" + strings.Repeat("x", 69): "a socket's path leaves room for",
		"relative":                    "is not an absolute, clean path",
		open644:                       "with mode 0700",
	} {
		o, _ := testOptions(t)
		o.RuntimeDir = dir
		_, err := launch(t.Context(), &o, fastTimings())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("launch in %s: %v, want %q", dir, err, want)
		}
	}
}

func TestHarmlessLogLines(t *testing.T) {
	for _, arg := range []string{"non-string-level", "long-log-line"} {
		t.Run(arg, func(t *testing.T) {
			o, log := testOptions(t, arg)
			s := connect(t, newDestination(o, fastTimings()))
			send(t, s, testBatch(1, "a"))
			verdict(t, s)
			if arg == "long-log-line" {
				log.waitFor(t, "after the long line")
				if n := len(log.String()); n > 2*maxLine {
					t.Errorf("the log has %d bytes", n)
				}
				return
			}
			log.waitFor(t, `["a",{"b":1}]`)
		})
	}
}

func TestKeepsTryingAndIsDegraded(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"open-invalid":          "no such index",
		"open-unavailable":      "it failed 5 times within 2m0s, last: start plugin test",
		"exit-before-handshake": "it failed 5 times",
	}
	for arg, reason := range tests {
		t.Run(arg, func(t *testing.T) {
			t.Parallel()
			o, _ := testOptions(t, arg)
			tm := fastTimings()
			tm.exit = 50 * time.Millisecond
			d := newDestination(o, tm)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			failed := make(chan error, 1)
			go func() {
				_, err := d.Connect(ctx)
				failed <- err
			}()
			eventually(t, "it is degraded and was tried again", func() bool {
				st := d.Status()
				return st.Degraded && st.Starts > 1 && strings.Contains(st.Reason, reason)
			})
			cancel()
			if err := <-failed; !errors.Is(err, context.Canceled) {
				t.Errorf("Connect: %v, want that it was cancelled", err)
			}
		})
	}
}

func TestConnectIsCancelledInEveryStep(t *testing.T) {
	t.Parallel()
	for _, arg := range []string{"silent", "never-accepts", "open-hang"} {
		t.Run(arg, func(t *testing.T) {
			t.Parallel()
			o, _ := testOptions(t, arg)
			tm := fastTimings()
			tm.handshake, tm.describe, tm.open = time.Minute, time.Minute, time.Minute
			d := newDestination(o, tm)
			ctx, cancel := context.WithCancel(t.Context())
			failed := make(chan error, 1)
			go func() {
				_, err := d.Connect(ctx)
				failed <- err
			}()
			eventually(t, "a process was started", func() bool {
				entries, _ := os.ReadDir(o.RuntimeDir)
				return len(entries) > 0
			})
			cancel()
			select {
			case err := <-failed:
				if !errors.Is(err, context.Canceled) {
					t.Errorf("Connect: %v", err)
				}
			case <-time.After(20 * time.Second):
				t.Fatal("Connect does not return")
			}
		})
	}
}

func TestRecoversFromAFailedStart(t *testing.T) {
	o, log := testOptions(t)
	real := o.Executable.Path
	o.Executable.Path = filepath.Join(t.TempDir(), "plugin")
	d := newDestination(o, fastTimings())
	connected := make(chan *session, 1)
	go func() {
		s, err := d.Connect(t.Context())
		if err == nil {
			connected <- s.(*session)
		}
	}()
	eventually(t, "it is degraded", func() bool { return d.Status().Degraded })
	if err := os.Symlink(real, o.Executable.Path); err != nil {
		t.Fatal(err)
	}
	s := <-connected
	defer s.Stop("done")
	if st := d.Status(); st.Degraded || st.Reason != "" || st.State != Running {
		t.Errorf("Status = %+v, want a healthy one", st)
	}
	log.waitFor(t, "plugin recovered")
}
