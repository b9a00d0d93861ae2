package file

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/skidway/skidway/plugins/sdk"
)

// Bounds below which rotation would make more files than records.
const (
	minRotateBytes = 1024
	minRotateAge   = time.Second
)

// stateSuffix ends the names, beside the output, that are kept for the state of file destinations.
const stateSuffix = ".skidway"

// Validate returns what the schema can't say.
func (o Options) Validate() []sdk.Diagnostic {
	var found []sdk.Diagnostic
	refuse := func(path, summary, detail string) {
		found = append(found, sdk.Diagnostic{Path: path, Summary: summary, Detail: detail})
	}
	if o.Path == "" {
		found = append(found, o.validateComputed()...)
	} else {
		found = append(found, o.validateFixed()...)
	}
	mode, err := o.mode()
	switch {
	case err != nil:
		refuse("mode", "The mode is not an octal number from 0600 to 0777.", `Write it as in mode = "0640".`)
	case mode&0o600 != 0o600:
		refuse("mode", "The mode takes the owner's right to read or write, so the file could not be opened again.", "Use 0600 or more.")
	case mode&0o002 != 0:
		found = append(found, sdk.Diagnostic{
			Path: "mode", Summary: "Everyone on this machine may write to the file.", Detail: "Use 0640 or 0644.", Warning: true,
		})
	}
	return append(found, o.Rotate.validate()...)
}

// validateFixed is about a path that is the same for all records.
func (o Options) validateFixed() []sdk.Diagnostic {
	var found []sdk.Diagnostic
	refuse := func(path, summary, detail string) {
		found = append(found, sdk.Diagnostic{Path: path, Summary: summary, Detail: detail})
	}
	if name := filepath.Base(string(o.Path)); strings.HasPrefix(name, ".") && strings.HasSuffix(name, stateSuffix) {
		refuse("path", "Names that start with a dot and end in "+stateSuffix+" belong to the state of file destinations.", "Choose another name.")
	}
	if strings.HasSuffix(string(o.Path), "/") {
		refuse("path", "The path names a folder, not a file.", "Add a file name to it.")
	}
	if ending := filepath.Ext(string(o.Path)); o.Rotate.enabled() && isCompressed(ending) {
		refuse("path", "The name ends in "+ending+", so its rotated files would pass for the compressed ones of a file without that.",
			"Choose a name without it; rotate.compress adds the ending to rotated files.")
	}
	if o.BaseDir != "" {
		refuse("base_dir", "The path uses no record values, so there is one file and no folder of many.", "Take base_dir out.")
	}
	if o.FallbackPath != "" {
		refuse("fallback_path", "The path uses no record values, so it is never null.", "Take fallback_path out.")
	}
	return found
}

// validateComputed is about a path that uses record values.
func (o Options) validateComputed() []sdk.Diagnostic {
	var found []sdk.Diagnostic
	refuse := func(path, summary, detail string) {
		found = append(found, sdk.Diagnostic{Path: path, Summary: summary, Detail: detail})
	}
	if o.BaseDir == "" {
		refuse("path", "A path that uses record values needs base_dir, the folder that all its files are in.",
			"Set base_dir, and write the path relative to it.")
	}
	if o.FallbackPath == "" {
		return found
	}
	at, err := below(literal(o.FallbackPath))
	if err == nil && o.Rotate.enabled() {
		err = checkRotatable(at)
	}
	switch {
	case err != nil:
		refuse("fallback_path", "The fallback_path can't be used: "+err.Error()+".", "Choose another name.")
	case strings.HasPrefix(o.FallbackPath, "/"):
		refuse("fallback_path", "The fallback_path is absolute, but lies below base_dir.", "Write it relative to base_dir.")
	}
	return found
}

func (r *Rotate) validate() []sdk.Diagnostic {
	if r == nil {
		return nil
	}
	var found []sdk.Diagnostic
	refuse := func(path, summary, detail string) {
		found = append(found, sdk.Diagnostic{Path: path, Summary: summary, Detail: detail})
	}
	if r.MaxBytes > 0 && r.MaxBytes < minRotateBytes {
		refuse("rotate.max_bytes", "Files of less than 1KiB are more than a folder holds.", "Use 1KiB or more.")
	}
	if r.MaxAge > 0 && r.MaxAge < minRotateAge {
		refuse("rotate.max_age", "The age of a file is looked at once a second.", "Use 1s or more.")
	}
	if !r.enabled() {
		refuse("rotate", "The block says neither at what size nor at what age a new file is started.", "Set max_bytes or max_age.")
	}
	return found
}

// enabled reports whether new files are ever started.
func (r *Rotate) enabled() bool { return r != nil && (r.MaxBytes > 0 || r.MaxAge > 0) }

// mode returns the permission bits that Mode names.
func (o Options) mode() (os.FileMode, error) {
	m, err := strconv.ParseUint(o.Mode, 8, 9)
	return os.FileMode(m), err
}
