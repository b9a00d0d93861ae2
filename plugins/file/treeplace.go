package file

import (
	"errors"
	"fmt"
	"path"

	"golang.org/x/sys/unix"

	"github.com/skidway/skidway/plugins/sdk"
)

// sortLocked gives each batch to the file that it is for, and returns why one has none.
func (t *tree) sortLocked(bs []*sdk.Batch) (first error) {
	for _, b := range bs {
		t.settled = max(t.settled, b.SettledThrough())
		at, mark, err := t.placeOf(b)
		if err != nil {
			if first == nil {
				first = err
			}
			continue
		}
		l := t.leaves[at]
		if l == nil {
			l = &leaf{path: at}
			t.leaves[at] = l
		}
		if len(l.waiting) == 0 {
			t.touched = append(t.touched, l)
		}
		l.waiting = append(l.waiting, delivery{b, mark})
	}
	return first
}

// placeOf returns the path below base_dir for a batch, and to which of its sets of values the batch belongs.
func (t *tree) placeOf(b *sdk.Batch) (at string, mark int, err error) {
	text, ok := b.Resolved("path")
	if !ok {
		if t.opts.FallbackPath == "" {
			return "", 0, &hostileError{"the path is null for these records, and there is no fallback_path"}
		}
		text, mark = literal(t.opts.FallbackPath), byFallback
	}
	at, err = below(text)
	if err == nil && t.opts.Rotate.enabled() {
		err = checkRotatable(at)
	}
	return at, mark, err
}

// checkRotatable refuses names that would pass for those of another output's rotated files, which are compressed and
// deleted.
func checkRotatable(at string) error {
	name := path.Base(at)
	if isCompressed(path.Ext(name)) {
		return &hostileError{fmt.Sprintf("the name %s ends like that of a compressed file, which rotation would take it for", quoted(name))}
	}
	if _, ok := familyOf(".", name); ok {
		return &hostileError{fmt.Sprintf("the name %s is that of a rotated file", quoted(name))}
	}
	return nil
}

// judge is verdict for a file whose path was computed: what its records brought about is about them alone.
func judge(err error) error {
	if err == nil {
		return nil
	}
	hostile, unusable := (*hostileError)(nil), (*unusableError)(nil)
	switch {
	case errors.As(err, &hostile), errors.As(err, &unusable):
		return sdk.Reject(err)
	case errors.Is(err, unix.ENAMETOOLONG), errors.Is(err, unix.EILSEQ), errors.Is(err, unix.ENOTDIR),
		errors.Is(err, unix.EISDIR), errors.Is(err, unix.ELOOP):
		return sdk.Reject(fmt.Errorf("%w: no file of that path can be made", err))
	case errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE):
		return sdk.Retry(fmt.Errorf("%w: lower max_open_files or raise the limit of open files", err))
	}
	return verdict(err)
}
