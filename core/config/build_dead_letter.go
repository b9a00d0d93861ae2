package config

import "fmt"

// deadLetters sets the bounds of a destination's store.
func (b *builder) deadLetters(d *Destination, n *node) {
	b.checkDeadLetters(n)
	s := n.block("dead_letter")
	if !b.durable {
		for _, name := range []string{"max_bytes", "when_full"} {
			s.settle(name, nil, "without a data_dir the last 1000 are held in memory")
		}
		return
	}
	d.DeadLetters = DeadLetters{MaxBytes: s.bytes("max_bytes"), DropOldest: s.text("when_full") == "drop_oldest"}
}

// checkDeadLetters answers bounds of a store that there is none of. n is a destination or the router's defaults.
func (b *builder) checkDeadLetters(n *node) {
	if len(n.blocks["dead_letter"]) == 0 {
		return
	}
	s := n.blocks["dead_letter"][0]
	for _, name := range []string{"max_bytes", "when_full"} {
		at, given := s.given(name)
		if !given {
			continue
		}
		if _, elsewhere := s.given("to"); elsewhere {
			b.fail(at, fmt.Sprintf(`%q can't stand beside "to".`, name),
				"It is for the store, and with to there is none: the backlog of the destination that to names rules. Take one of them out.")
		} else if !b.durable {
			b.fail(at, fmt.Sprintf("%q means nothing without a data_dir.", name),
				"The last 1000 dead letters are held in memory then, older ones dropped and counted. "+giveDataDir+", or take it out.")
		}
	}
}

// checkForwarded answers bounds of a store in a destination whose dead letters go elsewhere by the router's defaults,
// and leaves them out of what is in force where they go elsewhere.
func (b *builder) checkForwarded(d *Destination) {
	if d.DeadLetterTo == "" {
		return
	}
	n := b.destinationNodes[d.Address]
	s := n.block("dead_letter")
	for _, name := range []string{"max_bytes", "when_full"} {
		if at, given := s.given(name); given && deadLetterOf(n) == nil {
			b.fail(at, fmt.Sprintf("%q means nothing: the dead letters of %s go to %s.", name, d.Address, d.DeadLetterTo),
				fmt.Sprintf("router.destination_defaults says so at %s. Take it out, here or there.", placeText(deadLetterOf(b.defaults).at)))
			continue
		}
		s.settle(name, nil, "dead letters go to "+d.DeadLetterTo)
	}
	d.DeadLetters = DeadLetters{}
}

// store is what the place is called where dead letters go without to.
func (b *builder) store() string {
	if b.durable {
		return "the store in data_dir"
	}
	return "the store in memory"
}
