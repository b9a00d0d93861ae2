package router

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/skidway/skidway/core/admin"
	"github.com/skidway/skidway/core/delivery"
	"github.com/skidway/skidway/core/delivery/deadletter"
	"github.com/skidway/skidway/core/spool"
)

// dataFiles reads what lies in a data_dir, whether a router runs on it or not. It takes no lock and writes nothing.
type dataFiles struct {
	// spool and letters are folders; empty: there is none.
	spool, letters string
}

// files are those of a router that runs.
func (r *Router) files() dataFiles {
	var f dataFiles
	if r.spool.disk != nil {
		f.spool = filepath.Join(r.spool.dir, "spool")
	}
	if r.spool.dir != "" {
		f.letters = filepath.Join(r.spool.dir, "dead-letter")
	}
	return f
}

const setDataDir = "with router.data_dir the spool and dead letters are on disk, where they can be looked at"

func (f dataFiles) needSpool() error {
	if f.spool == "" {
		return admin.Refused(setDataDir, "the spool is in memory")
	}
	return nil
}

func (f dataFiles) inspect() (json.RawMessage, error) {
	if err := f.needSpool(); err != nil {
		return nil, err
	}
	r, err := spool.Inspect(f.spool)
	if err != nil {
		return nil, err
	}
	return json.Marshal(r)
}

func (f dataFiles) verify(ctx context.Context) (json.RawMessage, error) {
	if err := f.needSpool(); err != nil {
		return nil, err
	}
	v, err := spool.Verify(ctx, f.spool, nil)
	if err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

// errEnough ends a scan at its limit.
var errEnough = errors.New("enough")

func (f dataFiles) export(ctx context.Context, s admin.Selection, do func(json.RawMessage) error) (admin.Searched, error) {
	if err := f.needSpool(); err != nil {
		return admin.Searched{}, err
	}
	var out admin.Searched
	filter, err := spoolFilter(s)
	if err != nil {
		return out, err
	}
	r, err := spool.Scan(ctx, f.spool, filter, func(e *spool.Entry) error {
		if s.Limit > 0 && out.Shown >= int64(s.Limit) {
			return errEnough
		}
		b, err := json.Marshal(e)
		if err != nil {
			return err
		}
		out.Shown++
		return do(b)
	})
	return scanned(out, r, err)
}

// spoolFilter is what a selection asks of the spool.
func spoolFilter(s admin.Selection) (spool.Filter, error) {
	f := spool.Filter{From: s.From, Until: s.Until, Contains: []byte(s.Contains), Destination: s.Destination, ID: s.ID}
	holds, err := whereOf(s.Where)
	if s.Where != "" {
		f.Where = func(e *spool.Entry) bool { return holds(e.Origin, e.ID, e.Data) }
	}
	return f, err
}

// scanned adds what a scan says of itself.
func scanned(out admin.Searched, r *spool.ScanReport, err error) (admin.Searched, error) {
	if errors.Is(err, errEnough) {
		out.More, err = true, nil
	}
	if r != nil {
		out.Records, out.Oldest = r.Records, r.Oldest
		out.Notes = append(out.Notes, r.Warnings...)
		if r.Damages > 0 {
			out.Notes = append(out.Notes, "pieces of the spool can't be read: see skidway spool verify")
		}
	}
	return out, err
}

// letterAddresses returns the destinations that have a store of dead letters, of those that the selection names.
func (f dataFiles) letterAddresses(s admin.Selection) ([]string, error) {
	if f.letters == "" {
		return nil, nil
	}
	all, _, err := deadletter.Addresses(f.letters)
	if s.Destination != "" {
		all = slices.DeleteFunc(all, func(a string) bool { return a != s.Destination })
	}
	return all, err
}

// reader returns a reader of a destination's store; the error is an *admin.Error when it has none.
func (f dataFiles) reader(address string) (*deadletter.Reader, error) {
	if f.letters == "" {
		return nil, noLetters(address)
	}
	r, err := deadletter.OpenReader(f.letters, address)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, noLetters(address)
	}
	return r, err
}

func noLetters(address string) error {
	return admin.NotFound("skidway dead-letter list shows which destinations have some", "%s has no store of dead letters", address)
}

// letterFilter is what a selection asks of letters.
func letterFilter(s admin.Selection) (deadletter.Filter, error) {
	f := deadletter.Filter{
		Code: strings.ToUpper(s.Code), From: s.From, Until: s.Until, Contains: s.Contains, ID: s.ID, Entry: s.Entry, Damaged: s.Damaged,
	}
	holds, err := whereOf(s.Where)
	if err != nil {
		return f, err
	}
	if s.Where != "" {
		f.Where = func(e *deadletter.Entry) bool { return holds(&e.Origin, e.Origin.ID, e.Record) }
	}
	var known []string
	for c := delivery.CodeNone + 1; c.String() != ""; c++ {
		known = append(known, c.String())
	}
	if f.Code != "" && !slices.Contains(known, f.Code) {
		return f, &admin.Error{Status: 400, Message: "no failure has the code " + f.Code, Hint: "one of " + strings.Join(known, ", ")}
	}
	return f, nil
}

// receivedFilter is a selection of which the times are those of receipt.
func receivedFilter(s admin.Selection) (deadletter.Filter, error) {
	f, err := letterFilter(s)
	f.From, f.Until = time.Time{}, time.Time{}
	holds := f.Where
	f.Where = func(e *deadletter.Entry) bool {
		return covers(s, e.Origin.ReceivedUnixNano) && (holds == nil || holds(e))
	}
	return f, err
}

func covers(s admin.Selection, received int64) bool {
	return (s.From.IsZero() || received >= s.From.UnixNano()) && (s.Until.IsZero() || received < s.Until.UnixNano())
}

// exists reports whether there is a folder.
func exists(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.IsDir()
}
