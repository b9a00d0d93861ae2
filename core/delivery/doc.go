// Package delivery holds the lane: the run-time path of one destination, from its cursor in the spool to the verdict of
// its plugin. It opens no socket and starts no process; the plugin is behind the interfaces Destination and Session.
//
// # The life of a batch
//
// The batcher gathers runs of the cursor until max_records, max_bytes or max_age closes the batch (batcher.go). When the
// window has room, the batch gets its key and is sent, and is an open batch from then on (flight.go, window.go,
// lane_send.go). A verdict accepts it, asks for it again, rejects it, or judges its records one by one (verdict.go,
// lane_verdict.go). A batch never changes: what is left of one is a new batch made of pieces of its runs (split.go).
//
// A plugin may gather: batches that it answers Working leave the window, up to the bytes that it declared.
//
// What is to be sent again waits out its delay (retry.go). The delay of a failure that only the user can mend, and one
// that the plugin asked for, pauses the whole lane. Waiting batches keep their places in the window, so a destination
// that is down costs a window of memory, and is not asked more often than each of these batches allows.
//
// A batch that fails again and again while others are accepted is halved down to the record (poison.go), and so is one
// that the plugin ends itself with (crash.go). A destination that rejects most of what it gets makes the lane hold
// (reject.go). Records given up on go to DeadLetters, off the way of the others (lane_fate.go, deadletter.go), and are
// settled when they are kept.
//
// While a batch is not with the plugin it may be dropped, because the backlog is over its bound, the spool is full of what
// lanes hold, or the records are too old (lane_drop.go). The cursor is told how many records were settled, and the frontier: all of the lane's records up
// to it are settled.
//
// # Values by record
//
// A destination may have attributes whose value differs by record, such as the path of a file (resolve.go). Then the lane
// takes runs, has them evaluated, and gathers one batch for each set of values (partitions.go, lane_resolve.go). The
// limits of the batch policy hold for each of them. At most max_open are gathered at a time, and of them no more than a part
// of the backlog; the oldest is sent when there would be more. A record without values is given up at once, and does
// not count as rejected by the destination.
//
// A batch is sent when it is due, whatever the others hold, so batches with different values lie between each other, and
// the frontier is below the lowest record of all of them. Such a destination does not say where to resume: it skips by
// itself what it has of each set of values, since within one set positions only rise.
//
// A batch that is cut again as it was is what lies between its ends and has its values. That is enough as long as the
// configuration gives a record the same values as before.
//
// # Order
//
// An ordered destination, and any destination with a window of one, gets its records in the order of the spool, within
// each set of values. Nothing is sent past a batch that waits. After a retry verdict an ordered plugin refuses what was
// sent behind that batch, and the lane sends nothing until the whole window is answered. What comes again comes by first
// positions.
//
// # Concurrency
//
// One goroutine runs the lane and owns all of its state; nothing in it blocks. Goroutines beside it each wait for one
// thing and hand it over: the next session, the end of the last one, a store of dead letters. So a lane without a plugin
// still drops, expires and drains. The rules are types without goroutine, clock, I/O or lock, which are given the time.
//
// # Accounting
//
// Every record that was appended for the destination is delivered, dead-lettered, dropped or still held, and is counted
// once. A lane that is ended leaves what it held undelivered and uncounted.
package delivery
