package delivery

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestLaneSendsOpenBatchesAgainAfterASession(t *testing.T) {
	inBubble(t, small(SessionInfo{}), func(t *testing.T, r *rig) {
		r.append(30)
		got := r.want("1-10", "11-20", "21-30")
		r.answer(accepted(got[1]))
		r.crash(End{Reason: "killed"})
		again := r.want("1-10", "21-30")
		for i, first := range []shipment{got[0], got[2]} {
			if again[i].attempt != 2 || again[i].key != first.key || again[i].id == first.id || again[i].retriesSeen != 0 {
				t.Errorf("sent again as %+v, first %+v", again[i], first)
			}
		}
		r.answer(accepted(got[0])) // an id of the session before
		r.check(10, 0, 0, 20)
		r.answer(accepted(again[0]), accepted(again[1]))
		r.check(30, 0, 0, 0)
	})
}

func TestLaneTakesVerdictsThatCameBeforeTheEnd(t *testing.T) {
	inBubble(t, small(SessionInfo{}), func(t *testing.T, r *rig) {
		r.append(20)
		got := r.want("1-10", "11-20")
		s := r.session()
		s.verdicts <- accepted(got[0])
		r.crash(End{SelfCaused: true})
		r.want("11-20")
		r.check(10, 0, 0, 10)
	})
}

func TestLaneTreatsAFailedSendAsOpen(t *testing.T) {
	inBubble(t, small(SessionInfo{}), func(t *testing.T, r *rig) {
		r.append(10)
		r.want("1-10")
		s := r.session()
		s.mu.Lock()
		s.sendErr = errSend
		s.mu.Unlock()
		r.append(20)
		if got := r.status(); got.State != Connecting || got.WithPlugin != 2 {
			t.Errorf("status %+v", got)
		}
		r.crash(End{})
		r.want("1-10", "11-20", "21-30")
	})
}

func TestLaneResumesBehindWhatIsStored(t *testing.T) {
	inBubble(t, small(SessionInfo{Ordered: true}), func(t *testing.T, r *rig) {
		r.append(30)
		got := r.want("1-10", "11-20", "21-30")
		r.dest.info.ResumeAfter = 13
		r.crash(End{SelfCaused: true})
		again := r.want("14-20", "21-30")
		if again[0].key == got[1].key || again[0].attempt != 2 || again[1].key != got[2].key || again[0].settledThrough != 13 {
			t.Errorf("sent again as %+v", again)
		}
		r.check(13, 0, 0, 17)
	})
}

func TestLaneBelievesNoResumeAfterBeyondWhatItSent(t *testing.T) {
	inBubble(t, small(SessionInfo{Ordered: true, ResumeAfter: 1 << 60}), func(t *testing.T, r *rig) {
		r.append(15)
		r.want("1-10")
		r.crash(End{})
		r.check(0, 0, 0, 15)
		r.append(15)
		r.want("1-10", "11-20", "21-30")
	})
}

func TestLaneIgnoresResumeAfterWithoutOrder(t *testing.T) {
	inBubble(t, small(SessionInfo{ResumeAfter: 1 << 60}), func(t *testing.T, r *rig) {
		r.append(10)
		r.want("1-10")
		r.crash(End{})
		r.want("1-10")
	})
}

func TestLaneSkipsWhatAnEarlierProcessHadSent(t *testing.T) {
	r := newRig(t, small(SessionInfo{Ordered: true}))
	d := newDriver(t, r, Deps{SentBefore: 1000})
	d.session = newFakeSession(SessionInfo{Ordered: true, ResumeAfter: 14}, nil)
	d.connect()
	r.appendOnly(30, 0)
	d.turn(0)
	if got := d.session.take(); len(got) != 1 || stretch(got[0].positions) != "15-24" {
		t.Errorf("sent %v, want 15-24", got)
	}
	if d.lane.delivered != 14 || d.lane.frontier() != 14 {
		t.Errorf("delivered %d up to %d", d.lane.delivered, d.lane.frontier())
	}
}

func TestLaneSkipsWhatItTookBeforeThePluginWasUp(t *testing.T) {
	o := small(SessionInfo{Ordered: true})
	o.MaxBytes = 40
	r := newRig(t, o)
	d := newDriver(t, r, Deps{SentBefore: 1000})
	r.appendOnly(3, 9)
	r.appendOnly(1, 19) // does not fit into the first batch
	r.appendOnly(6, 9)
	d.turn(0)
	d.session = newFakeSession(SessionInfo{Ordered: true, ResumeAfter: 5}, nil)
	d.connect()
	d.turn(0)
	if got := d.session.take(); len(got) != 1 || stretch(got[0].positions) != "6-9" {
		t.Errorf("sent %v, want 6-9", got)
	}
	checkLane(t, d.lane, 10, d.now)
	if d.lane.delivered != 5 || d.lane.frontier() != 5 {
		t.Errorf("delivered %d up to %d", d.lane.delivered, d.lane.frontier())
	}
}

func TestPluginThatCrashesOnOneRecord(t *testing.T) {
	for name, c := range map[string]struct {
		ordered bool
		record  string
	}{
		"without order":             {false, "17"},
		"ordered":                   {true, "17"},
		"the first of all, ordered": {true, "1"},
		"the first of all":          {false, "1"},
		"the last of all":           {false, "40"},
	} {
		t.Run(name, func(t *testing.T) {
			o := small(SessionInfo{Ordered: c.ordered})
			crashes := 0
			o.onSend = func(s *fakeSession, ship shipment) {
				if slices.Contains(ship.records, c.record) {
					crashes++
					s.crash(End{SelfCaused: true, Reason: "exit status 2"})
					return
				}
				s.verdicts <- accepted(ship)
			}
			inBubble(t, o, func(t *testing.T, r *rig) {
				r.append(40)
				r.after(time.Hour)
				r.check(39, 1, 0, 0)
				d := r.memory.All()[0]
				if string(d.Record) != c.record || d.Code != Panic || !strings.Contains(d.Reason, "exit status 2") {
					t.Errorf("dead letter %+v", d)
				}
				if crashes < 6 || crashes > 24 {
					t.Errorf("%d crashes", crashes)
				}
			})
		})
	}
}

func TestPluginThatCrashesOnEverythingKeepsItsData(t *testing.T) {
	o := small(SessionInfo{})
	crashes := 0
	o.onSend = func(s *fakeSession, _ shipment) {
		if crashes++; crashes <= 25 {
			s.crash(End{SelfCaused: true, Reason: "exit status 2"})
		}
	}
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(4)
		r.after(10 * time.Second)
		r.check(0, 0, 0, 4)
		if s := r.status(); s.State != Degraded || !strings.Contains(s.Reason, "accepted no other") {
			t.Errorf("status %+v", s)
		}
		for range 4 {
			for _, s := range r.take() {
				r.answer(accepted(s))
			}
		}
		// What was stuck when the first other record was accepted is taken to be to blame.
		if s := r.status(); s.Delivered+s.DeadLettered != 4 || s.Delivered == 0 {
			t.Errorf("status %+v", s)
		}
	})
}

func TestOnlySelfCausedEndsAreSuspect(t *testing.T) {
	inBubble(t, small(SessionInfo{}), func(t *testing.T, r *rig) {
		r.append(20)
		for range 50 {
			r.want("1-10", "11-20")
			r.crash(End{Reason: "killed"})
		}
		r.want("1-10", "11-20")
	})
}

func TestBatchIsSentAloneAfterThreeCrashes(t *testing.T) {
	inBubble(t, small(SessionInfo{}), func(t *testing.T, r *rig) {
		r.append(20)
		self := End{SelfCaused: true, Reason: "exit status 2"}
		for range 3 {
			r.want("1-10", "11-20")
			r.crash(self)
		}
		for range 3 {
			r.want("1-10")
			r.append(0)
			r.want()
			r.crash(self)
		}
		a := r.want("1-5")[0]
		r.answer(accepted(a))
		b := r.want("6-10")[0]
		r.answer(accepted(b))
		r.answer(accepted(r.want("11-20")[0]))
		r.check(20, 0, 0, 0)
	})
}

func TestASuspectWaitsUntilNothingElseIsWithThePlugin(t *testing.T) {
	inBubble(t, small(SessionInfo{}), func(t *testing.T, r *rig) {
		r.append(20)
		got := r.want("1-10", "11-20")
		for range 3 {
			r.answer(Verdict{BatchID: got[0].id, Outcome: Retry, Code: Panic})
			r.after(2 * time.Second)
			if again := r.take(); len(again) > 0 {
				got[0] = again[0]
			}
		}
		r.append(20)
		r.want() // the suspect is due, so nothing new is sent
		r.answer(accepted(got[1]))
		r.answer(accepted(r.want("1-10")[0]))
		r.want("21-30", "31-40")
	})
}

func TestPanicCountsAsACrashOfItsBatchAlone(t *testing.T) {
	o := small(SessionInfo{})
	o.onSend = func(s *fakeSession, ship shipment) {
		if slices.Contains(ship.records, "7") {
			s.verdicts <- Verdict{BatchID: ship.id, Outcome: Retry, Code: Panic, Message: "index out of range"}
			return
		}
		s.verdicts <- accepted(ship)
	}
	inBubble(t, o, func(t *testing.T, r *rig) {
		r.append(40)
		r.after(time.Hour)
		r.check(39, 1, 0, 0)
		if d := r.memory.All()[0]; string(d.Record) != "7" || d.Code != Panic {
			t.Errorf("dead letter %+v", d)
		}
		if len(r.dest.sessions) != 1 {
			t.Errorf("%d sessions: the process goes on after a panic", len(r.dest.sessions))
		}
	})
}

func TestPoisonedRecordsAreFound(t *testing.T) {
	three := 3
	for name, poison := range map[string][]string{
		"one":                   {"17"},
		"two beside each other": {"17", "18"},
		"one in each half":      {"1", "10"},
		"as many as the window": {"1", "11", "21", "31"},
	} {
		t.Run(name, func(t *testing.T) {
			o := small(SessionInfo{})
			o.Retry.PoisonAfter = &three
			o.onSend = func(s *fakeSession, ship shipment) {
				for _, rec := range ship.records {
					if slices.Contains(poison, rec) {
						s.verdicts <- retry(ship)
						return
					}
				}
				s.verdicts <- accepted(ship)
			}
			inBubble(t, o, func(t *testing.T, r *rig) {
				r.append(60)
				r.after(time.Hour)
				r.check(60-int64(len(poison)), int64(len(poison)), 0, 0)
				for _, d := range r.memory.All() {
					if !slices.Contains(poison, string(d.Record)) || d.Code != Unavailable {
						t.Errorf("dead letter %+v", d)
					}
				}
			})
		})
	}
}

func TestAnOutageIsNotPoison(t *testing.T) {
	inBubble(t, small(SessionInfo{}), func(t *testing.T, r *rig) {
		r.append(50)
		got := r.take()
		r.answer(retry(got[0]), accepted(got[1]), accepted(got[2]), accepted(got[3]))
		for start := time.Now(); time.Since(start) < 12*time.Hour; r.after(time.Second) {
			for _, s := range r.take() {
				r.answer(retry(s))
			}
		}
		r.check(30, 0, 0, 20)
		for range 10 {
			r.after(time.Minute)
			for _, s := range r.take() {
				r.answer(accepted(s))
			}
		}
		r.check(50, 0, 0, 0)
	})
}
