package admin

import (
	"context"
	"encoding/json"
)

// Backend is what the API shows and changes.
type Backend struct {
	State   State
	Spool   Spool
	Letters Letters
	Finder  Finder
}

// State is what a running router says of itself. Its methods are safe for concurrent use, and answer within moments.
type State interface {
	Status() Status
	// NotReady says why no records are accepted now; empty: they are.
	NotReady() []string
}

// Spool is the log of a router, running or stopped. Its methods are safe for concurrent use. What a person can do
// something about is an *Error.
type Spool interface {
	// Inspect and Verify describe what lies in the spool's folder, as objects of the spool's own.
	Inspect(ctx context.Context) (json.RawMessage, error)
	Verify(ctx context.Context) (json.RawMessage, error)
	// Export calls do for each record that the selection fits, in the order of positions, until it returns an error or
	// the selection's limit is reached.
	Export(ctx context.Context, s Selection, do func(json.RawMessage) error) (Searched, error)
	// Forget gives up the place of a destination that is not configured.
	Forget(ctx context.Context, address string) error
	// Rename gives place and records of a destination to another address, while no router runs.
	Rename(ctx context.Context, from, to string) error
	// Replay sends settled records again.
	Replay(ctx context.Context, r SpoolReplay) (SpoolReplayed, error)
}

// Letters are the dead letters of all destinations. Its methods are as Spool's.
type Letters interface {
	List(ctx context.Context, s Selection) ([]LetterSummary, error)
	// Show calls do for each letter that the selection fits, oldest first within a destination, until it returns an error
	// or the selection's limit is reached.
	Show(ctx context.Context, s Selection, do func(json.RawMessage) error) (Searched, error)
	// ReplayLetters appends letters as new records, for one destination alone, and removes those that are accepted.
	ReplayLetters(ctx context.Context, r LetterReplay) (LetterReplayed, error)
	// Purge removes the letters of one destination that the selection fits.
	Purge(ctx context.Context, s Selection) (LetterPurged, error)
}

// Finder finds records wherever they are.
type Finder interface {
	Find(ctx context.Context, s Selection, do func(Found) error) (Searched, error)
}
