package pluginhost

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/skidway/skidway/proto"
)

func TestParseHandshake(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ line, want string }{
		"good":                     {"1|1|unix|" + socket + "|grpc", ""},
		"with more fields":         {" 1|1|unix|" + socket + "|grpc||true ", ""},
		"empty":                    {"", "where its handshake was expected"},
		"another handshake":        {"2|1|unix|" + socket + "|grpc", "where its handshake was expected"},
		"version is no number":     {"1|x|unix|" + socket + "|grpc", "where its handshake was expected"},
		"newer":                    {"1|2|unix|" + socket + "|grpc", "this router only version 1"},
		"no protocol":              {"1|1|unix|" + socket, "does not serve gRPC"},
		"TCP":                      {"1|1|tcp|127.0.0.1:1|grpc", "only unix sockets"},
		"elsewhere":                {"1|1|unix|/tmp/s|grpc", "not in the plugin's own directory"},
		"in a folder of it":        {"1|1|unix|" + dir + "/x/s|grpc", "not in the plugin's own directory"},
		"a file":                   {"1|1|unix|" + dir + "/file|grpc", "it is not a socket"},
		"nothing":                  {"1|1|unix|" + dir + "/none|grpc", "there is no socket"},
		"relative":                 {"1|1|unix|s|grpc", "not absolute and clean"},
		"control characters in it": {"1|1|unix|\x1b[2J|grpc", `"\x1b[2J"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := parseHandshake(tt.line, dir)
			if tt.want == "" && (err != nil || got != socket) || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("parseHandshake = %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestReadHandshakeLeavesWhatFollows(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if _, err := w.WriteString("1|1|unix|/s|grpc\r\nmore\nand"); err != nil {
		t.Fatal(err)
	}
	line, rest, err := readHandshake(r, time.Now().Add(time.Minute))
	if line != "1|1|unix|/s|grpc" || string(rest) != "more\nand" || err != nil {
		t.Errorf("readHandshake = %q, %q, %v", line, rest, err)
	}
}

func TestEnvironmentIsMinimal(t *testing.T) {
	t.Setenv("PATH", "/bin")
	t.Setenv("https_proxy", "http://proxy")
	t.Setenv("AWS_REGION", "eu")
	t.Setenv("SECRET", "x")
	t.Setenv("PLUGIN_PROTOCOL_VERSIONS", "9")
	t.Setenv(proto.MagicCookieKey, "wrong")
	handshake := []string{"PLUGIN_PROTOCOL_VERSIONS=1"}
	env := environment(Executable{Path: "/p", PassEnv: []string{"AWS_REGION", "PLUGIN_PROTOCOL_VERSIONS", proto.MagicCookieKey, "UNSET"}}, handshake)
	for _, want := range []string{"PATH=/bin", "https_proxy=http://proxy", "AWS_REGION=eu"} {
		if !slices.Contains(env, want) {
			t.Errorf("environment lacks %s: %v", want, env)
		}
	}
	for _, v := range env {
		if v == "SECRET=x" || v == "PLUGIN_PROTOCOL_VERSIONS=9" || strings.HasPrefix(v, proto.MagicCookieKey) || v == bundledMemoryLimit {
			t.Errorf("environment has %s", v)
		}
	}
	if env[len(env)-1] != handshake[0] {
		t.Errorf("the handshake's variables do not come last: %v", env)
	}
	if !slices.Contains(environment(Executable{}, nil), bundledMemoryLimit) {
		t.Error("a bundled plugin has no memory limit")
	}
}
