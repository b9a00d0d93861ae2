// Package expr compiles record expressions, the expressions of a configuration that are computed for every record.
//
// A Unit collects the expressions that look at the same record. Each is compiled to Go closures over the bytes of the
// record, which one scan of package jsonscan finds the fields in; nothing is decoded that no expression asks for, and a
// steady state allocates nothing. What can't be compiled, and the few values whose exactness the closures can't vouch
// for, run through hcl's own evaluator, which is also the reference that the closures are tested against: both give the
// same answer to every expression and record.
//
// Units, predicates and values are immutable once compiled and safe for concurrent use. A Record belongs to one
// goroutine at a time. Nothing here blocks, starts a goroutine or reads a clock.
package expr
