//go:build !race

package spool

// raceEnabled says that sync.Pool forgets at random.
const raceEnabled = false
