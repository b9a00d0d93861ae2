package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// onFullDisk is a router whose data_dir is on a small file system, with 12 MiB of records for a destination that is down,
// once somebody else took all the room that is left.
func onFullDisk(t *testing.T) (x *troubled, d *daemon, free func()) {
	t.Helper()
	data := onTmpfs(t, "64m")
	x = newTroubled(t)
	x.p.size = 10_000
	x.configure([]string{troubleA}, x.destination(`
  reject_on    = "bad"
  reject_limit = 1`))
	path := filepath.Join(x.dir, "skidway.hcl")
	config := strings.Replace(string(read(t, path)), `"data"`, fmt.Sprintf("%q", filepath.Join(data, "skidway")), 1)
	write(t, path, strings.Replace(config, `format = "raw"`, "format = \"raw\"\n  accept_timeout = \"1s\"", 1))
	x.want("down")
	d = x.run()
	for range 12 {
		x.p.must(100)
	}
	if !x.p.raw("bad 1\nbad 2\n") {
		t.Fatal("records were not accepted")
	}
	free = fill(t, data)
	d.WaitLog("the disk is full", message("the disk of the spool is full"))
	if x.p.post(1) {
		t.Error("a full disk took a record")
	}
	return x, d, free
}

// TestDeliveryMakesRoomOnAFullDisk: intake goes on by itself when what was held is delivered, although nobody frees
// anything.
func TestDeliveryMakesRoomOnAFullDisk(t *testing.T) {
	x, d, _ := onFullDisk(t)
	x.enough("down")
	eventually(t, "intake goes on", func() bool { return x.p.post(1) })
	d.WaitLog("there is room", message("the disk of the spool has room again"))
	x.p.waitLast(x.out())
	d.stopped()
	d.has(troubleA, "held", 0, "dropped", 0, "dead_lettered", 2)
	atLeastOnce(t, read(t, x.out()), x.p.accepted)
}

// TestFullDiskOverKills: a router that is killed and started while the disk is full keeps everything, and says so.
func TestFullDiskOverKills(t *testing.T) {
	t.Parallel()
	x, d, free := onFullDisk(t)
	for range 3 {
		d.killed()
		d = x.run()
		d.WaitLog("the disk is full", message("the disk of the spool is full"))
	}
	free()
	eventually(t, "intake goes on", func() bool { return x.p.post(1) })
	x.enough("down")
	x.p.waitLast(x.out())
	d.stopped()
	d.has(troubleA, "held", 0, "dropped", 0, "dead_lettered", 2)
	atLeastOnce(t, read(t, x.out()), x.p.accepted)
}
