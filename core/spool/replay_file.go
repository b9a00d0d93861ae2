package spool

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

const (
	replayMagic  = "SKWPLAY\n"
	replayPrefix = "replay-"
	replayTemp   = "replay.new"
)

// replayNumber returns the number of the file of a replay; 0 for any other name.
func replayNumber(name string) uint64 {
	digits, ok := strings.CutPrefix(name, replayPrefix)
	if !ok {
		return 0
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || replayName(n) != name {
		return 0
	}
	return n
}

func replayName(n uint64) string { return replayPrefix + strconv.FormatUint(n, 10) }

// writeReplay makes a replay durable. It is in force when the destination's cursor has the epoch.
func writeReplay(fsys fileSystem, r *replayed, address string, epoch uint64) error {
	var e encoder
	e.bytes([]byte(address))
	e.u64(epoch)
	r.encode(&e)
	return replaceFile(fsys, r.file, replayTemp, sealSheet(replayMagic, formatVersion, 0, e.b))
}

// readReplay reads the file of a replay; ok is false when it is damaged.
func readReplay(fsys reader, name string) (r *replayed, address string, epoch uint64, ok bool, err error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, "", 0, false, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return nil, "", 0, false, err
	}
	b := make([]byte, min(size, 16*maxReplayRuns+sheetHead+maxAddress+64))
	n, err := readFull(steadyFile{f}, b, 0)
	if err != nil {
		return nil, "", 0, false, err
	}
	contents, version, ok := openSheet(replayMagic, 0, b[:n])
	if ok && version > formatVersion {
		return nil, "", 0, false, &newerError{name: name, version: version}
	}
	d := decoder{b: bytes.Clone(contents)}
	address, epoch = string(d.bytes()), d.u64()
	if r, ok = decodeReplayed(&d); ok {
		r.file = name
	}
	return r, address, epoch, ok, nil
}

// findReplays gives the cursors the replays that are in force, and returns the files of the others and the highest epoch
// of all.
func findReplays(fsys reader, names []string, cursors map[string]*cursorRecord) (over []string, highest uint64, err error) {
	for _, name := range names {
		r, address, epoch, ok, err := readReplay(fsys, name)
		if err != nil {
			return nil, 0, fmt.Errorf("read %s: %w", name, err)
		}
		if !ok {
			continue // it is left where it is
		}
		highest = max(highest, epoch)
		c := cursors[address]
		if c == nil || c.replay == nil || c.epoch != epoch || c.replay.base != r.base {
			over = append(over, name)
			continue
		}
		c.replay = r
	}
	return over, highest, nil
}

// resumeReplays goes on with the replays that are under way. One that can't be read is given up.
func (r *recovery) resumeReplays() error {
	d := r.Disk
	for _, n := range r.replays {
		d.replayNumber = max(d.replayNumber, replayNumber(n))
	}
	over, highest, err := findReplays(d.fs, r.replays, d.parked)
	if err != nil {
		return err
	}
	d.replayEpoch = highest
	for _, c := range d.parked {
		if c.replay != nil && len(c.replay.runs) == 0 {
			d.log.Error("a replay can't be read and is given up: its records are not sent again", "destination", c.address)
			c.frontier, c.replay = max(c.frontier, c.replay.base), nil
		}
	}
	for _, name := range over {
		if err := d.fs.Remove(name); err != nil {
			d.complain("remove "+name, err)
		}
	}
	return nil
}

// endReplays removes the replays of which everything was sent again, once the cursors say so durably.
func (d *Disk) endReplays() {
	d.mu.Lock()
	cursors := d.cursors
	d.mu.Unlock()
	for _, c := range cursors {
		c.endReplay()
	}
}

func (c *diskCursor) endReplay() {
	d := c.disk
	d.mu.Lock()
	r := c.replay
	over := r != nil && c.durable >= r.end()
	d.mu.Unlock()
	if !over {
		return
	}
	c.mu.Lock()
	if over = c.replay == r; over {
		// When the last of it was dropped, the reader may be before records that were settled long ago.
		if c.at <= r.end() {
			c.goTo(r.end() + 1)
		}
		d.mu.Lock()
		c.place = max(c.place, r.end()+1)
		c.replay = nil
		c.dropping = false // what the replay left out was delivered, perhaps
		d.mu.Unlock()
	}
	c.mu.Unlock()
	if !over {
		return
	}
	d.complain("remove "+r.file, d.fs.Remove(r.file))
	d.log.Info("everything of a replay was sent", "destination", c.address, "through", r.end())
}
