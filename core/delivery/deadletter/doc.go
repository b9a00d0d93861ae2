// Package deadletter keeps the dead letters of a destination on disk, as lines of JSON that a person can read.
//
// A [Store] is the one writer of a destination's folder: a lane puts letters into it, and it purges and replays them. A
// [Reader] reads a folder, whoever writes it or nobody, without a lock. The README has the format and says what is safe
// when.
package deadletter
