package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/core/router"
)

func TestLongDrainSaysWhatItWaitsFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := hclog.New(&hclog.LoggerOptions{Output: &out, DisableTime: true})
		drain := make(chan struct{})
		end := tellDrain(drain, func() router.Report {
			return router.Report{Destinations: []router.DestinationReport{
				{Address: "destination.http.slow", Held: 7},
				{Address: "destination.file.done"},
			}}
		}, log)
		<-time.After(time.Hour)
		synctest.Wait()
		if out.Len() > 0 {
			t.Errorf("before the drain it says %q, want nothing", out.String())
		}
		close(drain)
		<-time.After(2*drainNews + time.Second)
		synctest.Wait()
		end()
		const line = "destination=destination.http.slow held=7"
		if n := strings.Count(out.String(), line); n != 2 || strings.Contains(out.String(), "done") {
			t.Errorf("it says %q, want two lines with %q and no other", out.String(), line)
		}
	})
}

func TestDrainThatIsQuickSaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drain := make(chan struct{})
		end := tellDrain(drain, func() router.Report {
			t.Error("the state was asked for")
			return router.Report{}
		}, hclog.NewNullLogger())
		close(drain)
		<-time.After(drainNews / 2)
		end()
	})
}
