package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestARetryInTheMiddleOfAFullWindowKeepsTheOrder(t *testing.T) {
	d := startWithPlugin(t, "chaos-ordered", `
plugin "chaos-ordered" {
  source = "./chaos-ordered"
}
source "tcp" "app" { listen = "127.0.0.1:0" }
destination "chaos-ordered" "out" {
  path          = "out.log"
  sleep         = "5ms"
  retry_at      = 6
  max_in_flight = 8
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.chaos-ordered.out]
}`)
	s := dial(t, d.Addr("source.tcp.app"), "s")
	s.send(5000)
	s.close()
	if status := d.Stop(); status != exitDone {
		t.Errorf("exit status %d, want %d", status, exitDone)
	}
	readLedgerFile(t, filepath.Join(d.Dir, "out.log")).exact(t, 1, 5000)
}

// misbehaving runs the chaos plugin over 1000 records with one of a text of its own in the middle, and returns the
// router when the others have arrived.
func misbehaving(t *testing.T, attribute string) *daemon {
	t.Helper()
	d := startWithPlugin(t, "chaos", `
plugin "chaos" {
  source = "./chaos"
}
source "tcp" "app" { listen = "127.0.0.1:0" }
destination "chaos" "out" {
  path     = "out.log"
  `+attribute+` = "the bad one"

  retry {
    initial_delay = "1ms"
    max_delay     = "10ms"
  }
  dead_letter {
    to = destination.file.dead
  }
}
destination "file" "dead" {
  path = "dead.log"

  batch {
    max_age = "10ms"
  }
}
pipeline "main" {
  from = [source.tcp.app]
  to   = [destination.chaos.out]
}`)
	s := dial(t, d.Addr("source.tcp.app"), "s")
	s.send(550)
	if _, err := s.conn.Write([]byte("the bad one\n")); err != nil {
		t.Fatal(err)
	}
	s.send(450)
	s.close()
	dead := string(waitFile(t, filepath.Join(d.Dir, "dead.log"), 1))
	if !strings.Contains(dead, `"record":"the bad one"`) || !strings.Contains(dead, `"destination":"destination.chaos.out"`) {
		t.Errorf("dead letter: %s", dead)
	}
	if status := d.Stop(); status != exitDone {
		t.Errorf("exit status %d, want %d", status, exitDone)
	}
	if e := d.Ended("destination.chaos.out"); e["delivered"] != 1000.0 || e["dead_lettered"] != 1.0 || e["held"] != 0.0 {
		t.Errorf("at the end: %v", e)
	}
	return d
}

func TestARejectedRecordIsDeadLetteredAloneAndTheOthersArrive(t *testing.T) {
	d := misbehaving(t, "reject_on")
	readLedgerFile(t, filepath.Join(d.Dir, "out.log")).exact(t, 1, 1000)
}

func TestARecordThatPanicsThePluginIsDeadLetteredAlone(t *testing.T) {
	misbehaving(t, "panic_on")
}
