package admin

import "time"

// Searched says what was looked at.
type Searched struct {
	// Records or letters that were looked at, and those of them that were shown.
	Records int64 `json:"records"`
	Shown   int64 `json:"shown"`
	// More: the limit was reached before the end.
	More bool `json:"more,omitempty"`
	// Oldest is when the oldest record that is held was received; zero when there is none.
	Oldest time.Time `json:"oldest,omitzero"`
	// Notes say what the answer does not cover.
	Notes []string `json:"notes,omitempty"`
}

// SpoolReplay asks to send settled records again.
type SpoolReplay struct {
	// To is the destination that gets them, Like the one that they were routed to; default To.
	To   string `json:"to"`
	Like string `json:"like,omitempty"`
	// From and Until bound when they were received; zero From: all that is held.
	From  time.Time `json:"from,omitzero"`
	Until time.Time `json:"until,omitzero"`
	// Contains is text in the record.
	Contains string `json:"contains,omitempty"`
	// Where is a record expression that holds for the record.
	Where string `json:"where,omitempty"`
	// Partial takes what is held when some of it is deleted already.
	Partial bool `json:"partial,omitempty"`
	DryRun  bool `json:"dry_run,omitempty"`
}

// SpoolReplayed says what is sent again.
type SpoolReplayed struct {
	Records int64  `json:"records"`
	Bytes   int64  `json:"bytes"`
	First   uint64 `json:"first_position,omitzero"`
	Last    uint64 `json:"last_position,omitzero"`
	// Waiting records were not settled before, and follow.
	Waiting int64 `json:"waiting"`
	// Oldest is since when all records are held; zero: none was ever deleted.
	Oldest time.Time `json:"oldest,omitzero"`
}

// LetterSummary says what dead letters a destination has. Letters in memory end with the router.
type LetterSummary struct {
	Destination string        `json:"destination"`
	InMemory    bool          `json:"in_memory,omitempty"`
	Count       int64         `json:"count"`
	Bytes       int64         `json:"bytes"`
	Oldest      time.Time     `json:"oldest,omitzero"`
	Newest      time.Time     `json:"newest,omitzero"`
	Groups      []LetterGroup `json:"groups"`
	// Damaged lines can't be read.
	Damaged int64 `json:"damaged,omitempty"`
}

// LetterGroup is letters that have code and reason in common.
type LetterGroup struct {
	Code   string    `json:"code"`
	Reason string    `json:"reason"`
	Count  int64     `json:"count"`
	Bytes  int64     `json:"bytes"`
	Oldest time.Time `json:"oldest"`
	Newest time.Time `json:"newest"`
}

// LetterReplay asks to append the letters of a destination as new records.
type LetterReplay struct {
	Selection
	// To is the destination that gets them; default the selection's.
	To     string `json:"to,omitempty"`
	DryRun bool   `json:"dry_run,omitempty"`
}

// LetterReplayed says how many letters were appended, or would be.
type LetterReplayed struct {
	Letters int64 `json:"letters"`
}

// LetterPurged says what was removed.
type LetterPurged struct {
	Letters int64 `json:"letters"`
	// Damaged lines, or pieces of them.
	Damaged int64 `json:"damaged,omitempty"`
}
