package pipeline

import "github.com/skidway/skidway/core/record"

// Output is what became of some consecutive records of a group. It and all it holds belong to the Runner, or are the
// group's: they are valid until the function that they were given to returns.
type Output struct {
	// Parts are to be appended to the spool in this order.
	Parts []Part
	// DeadLetters are to be stored before the parts are appended.
	DeadLetters []Letter
}

// Part is records that go to the same targets, not none, in their order. Its group skips the ids of those between them that
// were dropped or go elsewhere.
type Part struct {
	Group record.Group
	To    TargetSet
}

// Letter is a record that a transform gives up.
type Letter struct {
	// Transform is the transform's index.
	Transform int
	// Record is the record as it came to the transform, without a terminator.
	Record []byte
	// Index is its place in the group: its id is the group's ID(Index).
	Index int
	// Reason says what was wrong.
	Reason string
}
