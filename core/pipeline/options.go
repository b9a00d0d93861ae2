package pipeline

import (
	"regexp"
	"time"

	"github.com/skidway/skidway/core/expr"
)

// Options are one pipeline's compiled definition. New keeps the slices: they must not change any more.
type Options struct {
	// Address is the pipeline's, for example "pipeline.app".
	Address string
	// Unit compiled every expression in these options; nil when there is none. New adds the fields that a set writes and
	// closes it: nothing can be compiled with it any more.
	Unit *expr.Unit
	// Hostname is what meta.hostname shows.
	Hostname string
	// Transforms are applied in order, before the routes.
	Transforms []Transform
	// Routes are tried in order. Without any, all records go to To.
	Routes []Route
	// Otherwise is for records that no route took. It may be unset only when a route takes every record, or without
	// routes.
	Otherwise Otherwise
	// To is where records go when there are no routes. Like every To it holds addresses of destinations and of
	// pipelines; an empty one drops the records and counts them as going nowhere.
	To []string
	// Meet reports whether records that go to two targets may come to one destination; nil: all may. Such records keep
	// their order, and the others need not, which makes fewer and larger parts.
	Meet func(a, b string) bool
	// OnError, if not nil, is told the first error of each transform and of each route. It is called on the goroutine
	// that runs the pipeline, while it runs: it returns at once and must be safe for concurrent use.
	OnError func(Failure)
}

// Failure is the first error of one transform or route.
type Failure struct {
	// Transform or Route is its index in the options; the other one is -1.
	Transform, Route int
	// InWhen says that the error was in its when.
	InWhen bool
	// Err says what went wrong. It may quote values of the record.
	Err error
}

// Kind says what a transform does.
type Kind uint8

// The kinds. KindDrop has no options of its own; every other kind has the field of Transform that is named like it.
const (
	KindDrop Kind = iota + 1
	KindSample
	KindSet
	KindUnset
	KindRename
	KindParse
	KindRedact
)

// OnError says what becomes of a record that a transform could not work on.
type OnError uint8

const (
	// Keep lets the record go on as it was before the transform. It is the zero value; redact refuses it.
	Keep OnError = iota
	// DropRecord drops the record and counts it.
	DropRecord
	// DeadLetter gives the record, as it was before the transform, to the pipeline's dead letters.
	DeadLetter
)

// Transform is one step. Of the pointers, the one that Kind names is set.
type Transform struct {
	Kind Kind
	// Name is for explanations, for example `transform "set" at app.hcl:12`.
	Name string
	// When says which records the transform is for; nil: all.
	When *expr.Predicate
	// OnError is for errors in When and in the transform. Redact must have DropRecord or DeadLetter.
	OnError OnError

	Sample *Sample
	Set    *Set
	Unset  *Unset
	Rename *Rename
	Parse  *Parse
	Redact *Redact
}

// Sample keeps a share of the records.
type Sample struct {
	// Ratio of the records kept, 0 to 1.
	Ratio float64
	// Key decides by its hash, so that records with one key are kept or dropped together; nil, or null for a record:
	// the record's id.
	Key *expr.Value
}

// Set merges fields into an object of the record. A null value leaves its field alone, and an error in one value too.
type Set struct {
	// Fields have names known at load.
	Fields []expr.Field
	// Object, if not nil, yields an object whose fields are set before Fields are.
	Object *expr.Value
	// At is the path of the object that the fields are merged into; empty: the record's root. Objects that are missing
	// on the way are made.
	At []string
}

// Unset removes fields, with all duplicates of their names.
type Unset struct {
	Paths [][]string
}

// Rename moves fields. All of them are moved at once: two fields can change places. A missing one changes nothing,
// a present one replaces what stood at its new place.
type Rename struct {
	Fields []RenameField
}

// RenameField is one field of Rename.
type RenameField struct {
	New, Old []string
}

// Format says how parse reads its text.
type Format uint8

// The formats of parse. LogFmt wants key=value pairs with quoted values, KV the same with any text between the pairs.
const (
	JSON Format = iota + 1
	LogFmt
	KV
	CSV
	Regex
	Syslog
	Timestamp
)

// Parse reads structure out of a text.
type Parse struct {
	// Field is the path of the text; empty: the whole record.
	Field  []string
	Format Format
	// Regex is for format Regex: its named groups become fields.
	Regex *regexp.Regexp
	// Columns are the names for format CSV; without them the fields are column_1, column_2 and so on.
	Columns []string
	// Layout is for format Timestamp: what CheckLayout accepts; empty: RFC3339.
	Layout string
	// TimeZone is for times that name none; nil: UTC.
	TimeZone *time.Location
	// Into is the path of the object that the fields are merged into; empty: the record's root. With format Timestamp
	// it is the path of the time itself; empty: in place of Field.
	Into []string
	// Overwrite lets parsed fields replace those that the record has. The zero value lets the record's win, but for
	// those that are null. A time written in place of Field replaces it all the same.
	Overwrite bool
	// RemoveSource removes Field when parsing succeeded (keep_source = false).
	RemoveSource bool
}

// Redact hides secrets, and fails closed: see README.md.
type Redact struct {
	// Fields are the paths to look at; without any, every text and number at any depth and every key.
	Fields [][]string
	// Pattern, if not nil, matches what is hidden.
	Pattern *regexp.Regexp
	// Patterns match besides. With neither Pattern nor Patterns, all of each value of Fields is hidden.
	Patterns []Detector
	// With takes the place of what is hidden; empty: "****".
	With string
}

// Route gives records to destinations and pipelines.
type Route struct {
	Name string
	// When says which records it is for; nil: all.
	When *expr.Predicate
	To   []string
	// Final ends the search: a record that this route took is not shown to later ones.
	Final bool
}

// Otherwise is for records that no route took. The zero value is: not given.
type Otherwise struct {
	// To gets them.
	To []string
	// Drop drops them, counted.
	Drop bool
	// Given says that there is an otherwise block; its To may be empty when all that it names is disabled.
	Given bool
}
