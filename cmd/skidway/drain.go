package main

import (
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/skidway/skidway/core/router"
)

// drainNews is how often a drain that takes its time says what it waits for.
const drainNews = 5 * time.Second

// tellDrain logs what each destination still holds, once drain is closed, from time to time until end is called.
func tellDrain(drain <-chan struct{}, state func() router.Report, log hclog.Logger) (end func()) {
	ended := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		select {
		case <-ended:
			return
		case <-drain:
		}
		tick := time.NewTicker(drainNews)
		defer tick.Stop()
		for {
			select {
			case <-ended:
				return
			case <-tick.C:
				for _, d := range state().Destinations {
					switch {
					case d.Held > 0 && d.OnDisk:
						log.Info("still draining: a second signal stops at once; what is held is delivered after the next start",
							"destination", d.Address, "held", d.Held)
					case d.Held > 0:
						log.Warn("still draining: a second signal stops at once and loses what is held",
							"destination", d.Address, "held", d.Held)
					}
				}
			}
		}
	})
	return func() {
		close(ended)
		wg.Wait()
	}
}
