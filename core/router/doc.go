// Package router assembles a configuration into running parts, runs them and drains them.
//
// It has no logic of a record's way: sources append to the spool, lanes take from it, and each part obeys its own
// options. What the router decides is who is connected to whom (ways.go), the order of start and end (run.go), and what
// is said at the end (report.go).
package router
