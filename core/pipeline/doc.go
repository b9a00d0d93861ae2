// Package pipeline runs one pipeline's transforms and routes over groups of records.
//
// A Pipeline is made once from compiled options and never changes; a Runner is the scratch memory that one goroutine
// at a time runs it with. The package has no goroutine, clock, I/O or lock: the router gives it the time, stores what
// becomes a dead letter, and appends the rest to the spool. It knows no HCL: expressions come compiled by package expr.
// The order of work and the decisions behind it are in README.md.
package pipeline
