package spool

import (
	"fmt"
	"io"
	"sort"

	"github.com/skidway/skidway/core/record"
)

// damageAt returns the damage that was found at the offset.
func (d *Disk) damageAt(f *segmentFile, at int64) (damage, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return f.damageAtLocked(at)
}

func (f *segmentFile) damageAtLocked(at int64) (damage, bool) {
	i := sort.Search(len(f.damages), func(i int) bool { return f.damages[i].at >= at })
	if i < len(f.damages) && f.damages[i].at == at {
		return f.damages[i], true
	}
	return damage{}, false
}

// findDamage finds out how far a damage goes, where an entry that begins with position want should be, and reports it.
func (d *Disk) findDamage(f *segmentFile, r io.ReaderAt, off, end int64, want record.Position) error {
	d.mu.Lock()
	last := f.last
	d.mu.Unlock()
	found, err := skip(r, &f.header, off, end, want, last)
	if err != nil {
		return err
	}
	d.report(f, found, r)
	return nil
}

// report notes a damage, unless that was done before, counts it, copies it from r to the quarantine, and says so. A
// damage that can't be copied is still there when the segment is due to be deleted: then the segment itself is moved.
func (d *Disk) report(f *segmentFile, found damage, r io.ReaderAt) {
	d.mu.Lock()
	if _, known := f.damageAtLocked(found.at); known {
		d.mu.Unlock()
		return
	}
	f.damages = append(f.damages, found)
	sort.Slice(f.damages, func(i, j int) bool { return f.damages[i].at < f.damages[j].at })
	d.lostLocked(found.first, found.last)
	d.drops.damaged(found.first, found.last, d.now().UnixNano(), d.waitsLocked)
	d.mu.Unlock()
	keyed := []any{
		"segment", f.name, "offset", found.at, "bytes", found.next - found.at,
		"first_position", found.first, "last_position", found.last, "positions", found.positions(),
	}
	if r != nil {
		name := fmt.Sprintf("%s/%s-%d.damaged", quarantineFolder, f.name, found.at)
		if err := d.quarantine(r, found, name); err != nil {
			d.mu.Lock()
			f.keep = true
			d.mu.Unlock()
			keyed = append(keyed, "copy", "failed", "error", err)
		} else {
			keyed = append(keyed, "copy", name)
		}
	}
	d.log.Error("the spool is damaged: records in this range of positions are lost", keyed...)
}

// positions returns how many positions are lost in it.
func (d *damage) positions() int64 {
	if d.last < d.first {
		return 0
	}
	return int64(d.last - d.first + 1)
}

// quarantine copies a piece of a segment.
func (d *Disk) quarantine(r io.ReaderAt, piece damage, name string) error {
	if err := d.fs.MakeFolder(quarantineFolder); err != nil {
		return err
	}
	f, err := createOver(d.fs, name)
	if err != nil {
		return err
	}
	defer f.Close()
	buf := make([]byte, min(blockBytes, piece.next-piece.at))
	for at := piece.at; at < piece.next; {
		n, err := readFull(r, buf[:min(int64(len(buf)), piece.next-at)], at)
		if err != nil {
			return err
		}
		if n == 0 || at > piece.at && zeros(buf[:n]) {
			break // nothing was ever written there
		}
		if _, err := f.WriteAt(buf[:n], at-piece.at); err != nil {
			return err
		}
		at += int64(n)
	}
	if err := f.SyncAll(); err != nil {
		return err
	}
	return d.fs.SyncFolder(quarantineFolder)
}

func zeros(b []byte) bool {
	for _, v := range b {
		if v != 0 {
			return false
		}
	}
	return true
}
