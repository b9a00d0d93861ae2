package spool

import "time"

const (
	whereMagic = "SKWHERE\n"
	whereName  = "where"
	whereTemp  = "where.new"
)

// settleIn looks whether the directory is where it was when it was opened last, and notes where it is now. A directory
// that was copied is another one: if the original is still in use, both deliver the same records.
func (r *recovery) settleIn() {
	d := r.Disk
	now := d.fs.Whereabouts()
	before, since, ok := readWhereabouts(d.fs)
	if ok && before.same(now) {
		return
	}
	if ok {
		d.log.Warn("the spool's directory was copied, restored or moved since it was opened last: if the original is still in use, "+
			"both send the same undelivered records, under the same positions, and new records of both get the same positions: "+
			"let only one of them go on, or let this one begin with an empty directory",
			"was_on", before.host, "machine_was", before.machine, "inode_was", before.inode, "since", since,
			"is_on", now.host, "machine", now.machine, "inode", now.inode)
	}
	var e encoder
	e.bytes([]byte(now.machine))
	e.bytes([]byte(now.host))
	e.u64(now.inode)
	e.u64(uint64(d.now().UnixNano()))
	if err := replaceFile(d.fs, whereName, whereTemp, sealSheet(whereMagic, formatVersion, 0, e.b)); err != nil {
		d.complain("note where the spool is", err)
	}
}

// same reports whether both may be the same directory. The host's name alone says nothing: a container gets a new one at
// every start.
func (w whereabouts) same(o whereabouts) bool {
	return (w.machine == o.machine || w.machine == "" || o.machine == "") && (w.inode == o.inode || w.inode == 0 || o.inode == 0)
}

func readWhereabouts(r reader) (w whereabouts, since time.Time, ok bool) {
	f, err := r.Open(whereName)
	if err != nil {
		return w, since, false
	}
	defer f.Close()
	b := make([]byte, 4<<10)
	n, err := readFull(f, b, 0)
	contents, version, ok := openSheet(whereMagic, 0, b[:n])
	if err != nil || !ok || version > formatVersion {
		return w, since, false
	}
	d := decoder{b: contents}
	w.machine, w.host = string(d.bytes()), string(d.bytes())
	w.inode = d.u64()
	since = time.Unix(0, int64(d.u64()))
	return w, since, !d.short
}
