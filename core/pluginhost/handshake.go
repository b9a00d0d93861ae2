package pluginhost

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/skidway/skidway/proto"
)

const (
	// maxHandshake bounds the handshake line, in bytes.
	maxHandshake = 4 << 10
	// coreProtocol is the version of the handshake itself.
	coreProtocol = "1"
)

// handshakeError says what is wrong with a handshake, and what its user can do.
type handshakeError struct{ what, hint string }

func (e *handshakeError) Error() string { return e.what }

// readHandshake reads the first line of a plugin's standard output, and returns it with what was read behind it.
func readHandshake(f *os.File, deadline time.Time) (line string, rest []byte, err error) {
	if err := f.SetReadDeadline(deadline); err != nil {
		return "", nil, fmt.Errorf("set deadline of handshake: %w", err)
	}
	buf := make([]byte, 0, maxHandshake)
	for {
		n, err := f.Read(buf[len(buf):cap(buf)])
		searched := len(buf)
		buf = buf[:len(buf)+n]
		if i := bytes.IndexByte(buf[searched:], '\n'); i >= 0 {
			i += searched
			_ = f.SetReadDeadline(time.Time{})
			return strings.TrimSuffix(string(buf[:i]), "\r"), buf[i+1:], nil
		}
		if err != nil {
			return string(buf), nil, err
		}
		if len(buf) == cap(buf) {
			return "", nil, notHandshake(string(buf))
		}
	}
}

// notHandshake says that text stood where the handshake was expected.
func notHandshake(text string) error {
	return &handshakeError{
		what: fmt.Sprintf("it printed %q on its standard output where its handshake was expected", shorten(text, 80)),
		hint: "it is no Skidway plugin, or it prints before it serves: a plugin's own output belongs on standard error",
	}
}

// parseHandshake returns the socket's path that a handshake line announces. The socket must lie in dir.
func parseHandshake(line, dir string) (socket string, err error) {
	parts := strings.Split(strings.TrimSpace(line), "|")
	if len(parts) < 4 || parts[0] != coreProtocol {
		return "", notHandshake(line)
	}
	version, err := strconv.Atoi(parts[1])
	if err != nil {
		return "", notHandshake(line)
	}
	switch {
	case version < proto.ProtocolVersion:
		return "", &handshakeError{
			what: fmt.Sprintf("it speaks version %d of the plugin protocol, this router version %d", version, proto.ProtocolVersion),
			hint: "install a newer version of the plugin",
		}
	case version > proto.ProtocolVersion:
		return "", &handshakeError{
			what: fmt.Sprintf("it speaks version %d of the plugin protocol, this router only version %d", version, proto.ProtocolVersion),
			hint: "install a newer router or an older version of the plugin",
		}
	}
	if len(parts) < 5 || parts[4] != "grpc" {
		return "", &handshakeError{what: "it does not serve gRPC", hint: "the plugin has to announce the protocol grpc in its handshake"}
	}
	if parts[2] != "unix" {
		return "", badAddress(parts[2], parts[3], "only unix sockets are allowed")
	}
	if err := checkSocket(parts[3], dir); err != nil {
		return "", badAddress(parts[2], parts[3], err.Error())
	}
	return parts[3], nil
}

func badAddress(network, address, why string) error {
	return &handshakeError{
		what: fmt.Sprintf("it announced the address %s %q: %s", shorten(network, 20), shorten(address, 200), why),
		hint: "the plugin has to listen on a unix socket in the directory named by PLUGIN_UNIX_SOCKET_DIR",
	}
}

// checkSocket refuses every path but that of a socket that lies directly in dir.
func checkSocket(path, dir string) error {
	if !filepath.IsAbs(path) || filepath.Clean(path) != path {
		return errors.New("the path is not absolute and clean")
	}
	if filepath.Dir(path) != dir {
		return errors.New("the socket is not in the plugin's own directory")
	}
	info, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("there is no socket: %w", err)
	}
	if info.Mode().Type() != fs.ModeSocket {
		return errors.New("it is not a socket")
	}
	return nil
}

// shorten returns at most n bytes of s, made harmless for a log line.
func shorten(s string, n int) string {
	if len(s) > n {
		return valid(s[:n]) + "…"
	}
	return valid(s)
}
