package file

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// stamp is how a rotated file's name says when it was rotated, in UTC: names sort by age, and none is ever changed
// again except by an ending for its compression.
const stamp = "20060102T150405.000000Z"

// partial ends the name of a compressed file that is not complete.
const partial = ".partial"

// names makes and recognizes the names of rotated files: app.log becomes app-20260102T150405.123456Z.log.
type names struct {
	dir, stem, ext string
}

func newNames(path string) names {
	base := filepath.Base(path)
	ext := filepath.Ext(base)
	stem := strings.TrimSuffix(base, ext)
	if stem == "" { // .log has no extension
		stem, ext = base, ""
	}
	return names{filepath.Dir(path), stem, ext}
}

// at returns the name of the file that is rotated at t.
func (n names) at(t time.Time) string { return n.stem + "-" + t.UTC().Format(stamp) + n.ext }

// path returns where the file is that was rotated at t.
func (n names) path(t time.Time) string { return filepath.Join(n.dir, n.at(t)) }

// rotated is everything that one rotation left behind.
type rotated struct {
	at time.Time
	// plain, compressed and partial say which files there are: the rotated one, its compressed forms by the ending of
	// their name, and incomplete compressed forms by theirs.
	plain      bool
	compressed []string
	partial    []string
}

// endings returns what the names of all its files have in addition to the plain one's.
func (r rotated) endings() []string {
	all := slices.Concat(r.partial, r.compressed)
	if r.plain {
		all = append(all, "")
	}
	return all
}

// parse takes a file name apart; ok is false when it is none of ours.
func (n names) parse(name string) (at time.Time, ending string, ok bool) {
	rest, ok := strings.CutPrefix(name, n.stem+"-")
	if !ok || len(rest) < len(stamp)+len(n.ext) {
		return time.Time{}, "", false
	}
	text, ending := rest[:len(stamp)], rest[len(stamp):]
	ending, ok = strings.CutPrefix(ending, n.ext)
	at, err := time.Parse(stamp, text)
	if !ok || err != nil || at.Format(stamp) != text {
		return time.Time{}, "", false
	}
	if ending != "" && !isCompressed(strings.TrimSuffix(ending, partial)) {
		return time.Time{}, "", false
	}
	return at, ending, true
}

// isCompressed reports whether names with the ending are those of compressed files.
func isCompressed(ending string) bool { return ending == ".gz" || ending == ".zst" }

// list returns the rotations in the folder, oldest first. Only regular files count.
func (n names) list(d disk) ([]rotated, error) {
	entries, err := d.readDir(n.dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	byTime := map[time.Time]*rotated{}
	for _, e := range entries {
		at, ending, ok := n.parse(e.Name())
		if !ok || !e.Type().IsRegular() {
			continue
		}
		r := byTime[at]
		if r == nil {
			r = &rotated{at: at}
			byTime[at] = r
		}
		switch {
		case ending == "":
			r.plain = true
		case strings.HasSuffix(ending, partial):
			r.partial = append(r.partial, ending)
		default:
			r.compressed = append(r.compressed, ending)
		}
	}
	found := make([]rotated, 0, len(byTime))
	for _, r := range byTime {
		found = append(found, *r)
	}
	slices.SortFunc(found, func(a, b rotated) int { return a.at.Compare(b.at) })
	return found, nil
}
