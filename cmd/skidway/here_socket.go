package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/hashicorp/hcl/v2"
	"golang.org/x/sys/unix"

	"github.com/skidway/skidway/core/config"
)

// maxSocketPath is the longest path of a Unix socket, in bytes: what the address has room for, without its end.
const maxSocketPath = len(syscall.RawSockaddrUnix{}.Path) - 1

// checkAdminSocket says whether the admin socket can be made where the configuration puts it. Where it lies by default is
// made short enough by itself, except in data_dir.
func checkAdminSocket(c *config.Config) hcl.Diagnostics {
	r := &c.Router
	diags := checkSocketGroup(c)
	if d := socketProblem(r); d != nil {
		d.Subject = c.SocketPlace()
		diags = append(diags, d)
	}
	return diags
}

func socketProblem(r *config.Router) *hcl.Diagnostic {
	path, name := r.Admin.Socket, "router.admin.socket"
	if path == "" && r.DataDir != "" && os.Getenv("RUNTIME_DIRECTORY") == "" {
		path, name = filepath.Join(r.DataDir, "admin.sock"), "The admin socket's path in data_dir"
	}
	if path == "" {
		return nil
	}
	if len(path) > maxSocketPath {
		return hereProblem(hcl.DiagError,
			fmt.Sprintf("%s is longer than the %d bytes that a socket's path may have: %s.", name, maxSocketPath, path),
			`Set router.admin.socket to a shorter one, such as "/run/skidway/admin.sock".`)
	}
	if r.Admin.Socket == "" {
		return nil // data_dir was looked at
	}
	if cause, hint := checkSocketFolder(path); cause != "" {
		return hereProblem(hcl.DiagError, "The admin socket can't be made at "+path+": "+cause+".", hint)
	}
	return nil
}

// checkSocketGroup says why the router can't give its socket to the group; nothing when it can.
func checkSocketGroup(c *config.Config) hcl.Diagnostics {
	name := c.Router.Admin.SocketGroup
	if name == "" {
		return nil
	}
	d := hereProblem(hcl.DiagError, "", "")
	d.Subject = c.SocketGroupPlace()
	group, err := user.LookupGroup(name)
	if err != nil {
		d.Summary = fmt.Sprintf("There is no group %q here.", name)
		d.Detail = "Make it (groupadd), or name another in router.admin.socket_group."
		return hcl.Diagnostics{d}
	}
	own, err := os.Getgroups()
	if id, atoi := strconv.Atoi(group.Gid); err != nil || atoi != nil || os.Geteuid() == 0 || id == os.Getegid() || slices.Contains(own, id) {
		return nil
	}
	d.Summary = fmt.Sprintf("The router's user is not in the group %q, so that it can't give the admin socket to it.", name)
	d.Detail = "Put the user into the group, or say SupplementaryGroups=" + name + " in the unit of systemd."
	return hcl.Diagnostics{d}
}

// checkSocketFolder says why a socket can't be made at path; nothing when it can.
func checkSocketFolder(path string) (cause, hint string) {
	dir := filepath.Dir(path)
	hint = "Choose another router.admin.socket, or leave it to its default."
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() != fs.ModeSocket {
		return "there is something that is no socket", "Remove it, or choose another router.admin.socket."
	}
	if err := unix.Access(dir, unix.W_OK|unix.X_OK); err != nil {
		if name, ok := strings.CutPrefix(dir, "/run/"); ok {
			hint = "Make the folder, for example with RuntimeDirectory=" + name + " in the unit, or choose another router.admin.socket."
		}
		return fmt.Sprintf("the folder %s: %v", dir, err), hint
	}
	return "", ""
}
