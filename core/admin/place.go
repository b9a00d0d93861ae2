package admin

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const (
	socketName = "admin.sock"
	// ServiceSocket is where the socket of the router is that a service manager runs.
	ServiceSocket = "/run/skidway/" + socketName
)

// Place is what the path of a router's socket follows from. A zero field means that it is not configured.
type Place struct {
	// Socket and Group are router.admin.socket and socket_group.
	Socket, Group string
	// DataDir is router.data_dir.
	DataDir string
	// Config are the absolute paths that the configuration was read from.
	Config []string
}

// Candidate is where a router's socket may be.
type Candidate struct {
	Path string
	// Shared: a router with another configuration may have it too.
	Shared bool
}

// Path returns where the router puts its socket. env looks up a variable of the environment.
func (p Place) Path(env func(string) string) (string, error) {
	switch {
	case p.Socket != "":
		return p.Socket, nil
	case serviceFolder(env) != "":
		return filepath.Join(serviceFolder(env), socketName), nil
	case p.Group != "":
		return "", errors.New("a group may use the admin socket (socket_group), so it needs a place where the group can go: set router.admin.socket")
	case p.DataDir != "":
		return filepath.Join(p.DataDir, socketName), nil
	}
	if dir := userFolder(env); usableFolder(dir) {
		return filepath.Join(dir, p.name()), nil
	}
	return filepath.Join(temporaryFolder(env), p.name()), nil
}

// Candidates returns where a command looks for the socket, whose environment may be another than the router's.
func (p Place) Candidates(env func(string) string) []Candidate {
	if p.Socket != "" {
		return []Candidate{{Path: p.Socket}}
	}
	var all []Candidate
	if dir := serviceFolder(env); dir != "" {
		all = append(all, Candidate{filepath.Join(dir, socketName), true})
	}
	if p.DataDir != "" {
		all = append(all, Candidate{Path: filepath.Join(p.DataDir, socketName)})
	}
	if len(p.Config) > 0 {
		for _, dir := range []string{userFolder(env), temporaryFolder(env)} {
			if dir != "" {
				all = append(all, Candidate{Path: filepath.Join(dir, p.name())})
			}
		}
	}
	return append(all, Candidate{ServiceSocket, true})
}

// name is the socket's among those of the user's other routers.
func (p Place) name() string {
	sum := sha256.Sum256([]byte(strings.Join(p.Config, "\x00")))
	return hex.EncodeToString(sum[:8]) + ".sock"
}

func serviceFolder(env func(string) string) string {
	first, _, _ := strings.Cut(env("RUNTIME_DIRECTORY"), ":")
	return first
}

// userFolder is the router's folder in that of the user's session; empty when there is none.
func userFolder(env func(string) string) string {
	if dir := env("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "skidway")
	}
	return ""
}

func temporaryFolder(env func(string) string) string {
	dir := env("TMPDIR")
	if dir == "" {
		dir = "/tmp"
	}
	return filepath.Join(dir, fmt.Sprintf("skidway-%d", os.Geteuid()))
}

// usableFolder reports whether a folder for sockets is the user's own, or can be made: su and sudo leave XDG_RUNTIME_DIR
// as it was for somebody else.
func usableFolder(dir string) bool {
	if dir == "" {
		return false
	}
	info, err := os.Stat(filepath.Dir(dir))
	if err != nil || !info.IsDir() {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid()
}

// Own reports whether the folder of a socket at path is one that Path made up, so that it may have to be made.
func (p Place) own(path string, env func(string) string) bool {
	dir := filepath.Dir(path)
	return p.Socket == "" && (dir == userFolder(env) || dir == temporaryFolder(env))
}
