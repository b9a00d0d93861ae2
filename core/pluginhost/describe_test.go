package pluginhost

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "plugin.sh")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDescribe(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	d, err := Describe(t.Context(), exe)
	if err != nil {
		t.Fatal(err)
	}
	if !proto.Equal(d, testDescription()) {
		t.Errorf("Describe = %v", d)
	}
}

func TestDescribeSaysWhatIsWrong(t *testing.T) {
	const never = 500 * time.Millisecond
	tests := map[string]struct{ path, want string }{
		"missing":        {"/no/such/plugin", "there is no file /no/such/plugin"},
		"fails":          {script(t, "echo no idea >&2; exit 2"), "--describe failed: exit status 2; last line: no idea"},
		"no JSON":        {script(t, "echo hello"), `printed no description: "hello\n"`},
		"bad name":       {script(t, `echo '{"name":"a b","source":{}}'`), `the name "a b"`},
		"nothing to use": {script(t, `echo '{"name":"a"}'`), "neither a destination nor a source"},
		"endless":        {script(t, "exec yes"), "printed more than"},
		"hangs":          {script(t, "echo '{}'; sleep 30"), "did not end within 500ms"},
		"flood of lines": {script(t, "yes >&2 & sleep 30"), "did not end within 500ms"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			within := describeTime
			if strings.Contains(tt.want, "did not end") {
				within = never
			}
			_, err := describe(t.Context(), tt.path, within)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Describe: %v, want %q", err, tt.want)
			}
		})
	}
}

func TestDescribeIgnoresWhatItDoesNotKnow(t *testing.T) {
	d, err := Describe(t.Context(), script(t, `echo '{"name":"a","source":{},"fromTheFuture":[1]}'`))
	if err != nil || d.GetName() != "a" {
		t.Errorf("Describe = %v, %v", d, err)
	}
}

func TestDescribeIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Describe(ctx, script(t, "sleep 30")); err == nil || err.Error() != context.Canceled.Error() {
		t.Errorf("Describe: %v", err)
	}
}

func TestValidateConfig(t *testing.T) {
	o, _ := testOptions(t)
	o.ConfigJSON = []byte(`{"token":"hunter2-secret"}`)
	ds, err := ValidateConfig(t.Context(), o, pluginv1.Role_ROLE_SOURCE)
	if err != nil {
		t.Fatal(err)
	}
	if len(ds) != 1 || ds[0].GetSummary() != `ROLE_SOURCE destination.test.main {"token":"(sensitive)"}` ||
		ds[0].GetDetail() != `\x1b[31mred` || ds[0].GetPath()[0].GetName() != "url" {
		t.Errorf("diagnostics %v", ds)
	}
	o.Executable.Path = "/no/such/plugin"
	if _, err := ValidateConfig(t.Context(), o, pluginv1.Role_ROLE_SOURCE); err == nil {
		t.Error("a plugin that does not exist validated")
	}
}

func TestCheckFile(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, mode os.FileMode, uid int) string {
		folder := filepath.Join(dir, name)
		path := filepath.Join(folder, "plugin")
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if uid != 0 {
			if err := os.Chown(path, uid, -1); err != nil {
				t.Skipf("only root can make files of others: %v", err)
			}
		}
		return path
	}
	writable := file("writable-folder", 0o755, 0)
	if err := os.Chmod(filepath.Dir(writable), 0o777); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ path, want string }{
		"good":               {file("good", 0o755, 0), ""},
		"world-writable":     {file("open", 0o757, 0), "everyone can write to"},
		"writable folder":    {writable, "everyone can write to"},
		"directory":          {dir, "no regular file"},
		"missing":            {filepath.Join(dir, "none"), "no such file"},
		"of somebody else's": {file("foreign", 0o755, 54321), "neither root nor"},
	}
	for name, tt := range tests {
		err := CheckFile(tt.path)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: CheckFile: %v, want %q", name, err, tt.want)
		}
	}
}
