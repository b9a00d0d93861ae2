package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/hashicorp/hcl/v2"
	"golang.org/x/sys/unix"

	"github.com/skidway/skidway/core/config"
)

// checkDataDir says what is wrong with the folder of what outlives the router, or worth knowing of it. Nothing is created.
func checkDataDir(c *config.Config) hcl.Diagnostics {
	diags := dataDirProblems(c)
	for _, d := range diags {
		if d.Subject == nil {
			d.Subject = c.DataDirPlace()
		}
	}
	return diags
}

func dataDirProblems(c *config.Config) hcl.Diagnostics {
	dir := c.Router.DataDir
	if dir == "" {
		return nil
	}
	if cause, hint := checkFolder(dir); cause != "" {
		return hcl.Diagnostics{hereProblem(hcl.DiagError, "The router can't keep its data in "+dir+" here: "+cause+".", hint)}
	}
	existing := dir
	info, err := os.Stat(dir)
	for errors.Is(err, fs.ErrNotExist) && existing != filepath.Dir(existing) {
		existing = filepath.Dir(existing)
		_, err = os.Stat(existing)
	}
	var diags hcl.Diagnostics
	if info != nil {
		diags = append(diags, checkOwner(dir, info)...)
	}
	var st unix.Statfs_t
	if err := unix.Statfs(existing, &st); err != nil {
		return append(diags, hereProblem(hcl.DiagError, fmt.Sprintf("The filesystem of %s can't be asked: %v.", dir, err), "Choose another data_dir."))
	}
	if text, hint := unfitFilesystem(filesystemName(&st)); text != "" {
		diags = append(diags, hereProblem(hcl.DiagWarning, "data_dir lies "+text+": "+dir+".", hint))
	}
	if c.Router.Disk {
		block := int64(st.Bsize) //nolint:unconvert // it is 32 bits wide on other systems
		diags = append(diags, checkRoom(c, int64(st.Bavail)*block, int64(st.Blocks)*block)...)
	}
	return diags
}

func hereProblem(severity hcl.DiagnosticSeverity, summary, detail string) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: severity, Summary: summary, Detail: detail}
}

// checkOwner warns when others than the router's user can change what is in its folder.
func checkOwner(dir string, info fs.FileInfo) hcl.Diagnostics {
	var diags hcl.Diagnostics
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && int(owner.Uid) != os.Geteuid() {
		diags = append(diags, hereProblem(hcl.DiagWarning,
			fmt.Sprintf("data_dir belongs to the user %d, and this one is %d: %s.", owner.Uid, os.Geteuid(), dir),
			"Its owner can read and delete every record. Check as the user that runs the router, or give the folder to it (chown)."))
	}
	if mode := info.Mode().Perm(); mode&0o002 != 0 {
		diags = append(diags, hereProblem(hcl.DiagWarning, fmt.Sprintf("Everybody can write to data_dir (%04o): %s.", mode, dir),
			"Whoever can write there can put other records in place of these: chmod 0750."))
	}
	return diags
}

// checkRoom says whether the spool has the room that it is promised, in a filesystem with free of total bytes.
func checkRoom(c *config.Config, free, total int64) hcl.Diagnostics {
	diags := c.CheckSpace(total)
	least, most := c.Router.MinFree(total), c.Router.SpoolBytes(total)
	held := spoolHolds(c.Router.DataDir)
	switch {
	case free < least:
		diags = append(diags, hereProblem(hcl.DiagError,
			fmt.Sprintf("The filesystem of %s has %s free, less than min_free, which is %s: no record would be taken.", c.Router.DataDir, mib(free), mib(least)),
			"Free some, lower router.spool.min_free, or choose another data_dir."))
	case held+free-least < most:
		diags = append(diags, hereProblem(hcl.DiagWarning,
			fmt.Sprintf("The spool may have %s, and the filesystem of %s has room for %s beside min_free.", mib(most), c.Router.DataDir, mib(held+free-least)),
			`All sources wait when it is used up, also for destinations with when_full = "drop_oldest". Free some, or lower router.spool.max_bytes.`))
	}
	return diags
}

func mib(n int64) string { return fmt.Sprintf("%dMiB", n>>20) }

// spoolHolds is what the spool's files have already; 0 when they can't be read.
func spoolHolds(dataDir string) int64 {
	entries, err := os.ReadDir(filepath.Join(dataDir, "spool"))
	if err != nil {
		return 0
	}
	var sum int64
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			sum += info.Size()
		}
	}
	return sum
}

// unfitFilesystem says where a folder lies that is no place for what has to last; empty: it is one.
func unfitFilesystem(name string) (text, hint string) {
	switch name {
	case "tmpfs", "ramfs":
		return "in memory (" + name + ")", "The next boot loses all records. Choose a folder on a disk."
	case "overlay", "aufs":
		return "in a container's own layer (" + name + ")", "It goes when the container is removed. Mount a volume there."
	case "nfs", "smb", "cifs", "9p", "afs", "ceph", "fuse":
		return "in a filesystem that may be remote (" + name + ")", "Locks and synced writes may mean less there than a spool relies on. Choose a folder on a local disk."
	}
	return "", ""
}
