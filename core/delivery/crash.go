package delivery

const (
	// endsTogether is how many self-caused ends isolate a batch that was open at each, and endsAlone how many more
	// condemn it when it was alone.
	endsTogether, endsAlone = 3, 3
	// endsLastResort is how many self-caused ends condemn a single record when nothing else could be tried.
	endsLastResort = 10
)

// crash counts, for one batch, the ends of the plugin that the plugin caused itself while the batch was open.
type crash struct {
	ends, alone int
	// isolated: the batch is sent alone.
	isolated bool
	// suspected: there was such an end, of this batch or of one that it is a piece of. Then mark is how many records the
	// lane had delivered before the first of them.
	suspected bool
	mark      uint64
	// stuck: a single record that is condemned by all but the proof that the plugin takes any other.
	stuck bool
}

// ended counts an end. delivered is how many records the lane has delivered. A panic of the plugin's code is an end with
// this batch alone, and counts no more than another before the batch is isolated.
func (c *crash) ended(delivered uint64) {
	if !c.suspected {
		c.suspected, c.mark = true, delivered
	}
	c.ends++
	switch {
	case c.isolated:
		c.alone++
	case c.ends >= endsTogether:
		c.isolated = true
	}
}

// fate returns what is to be done with a batch of so many records.
func (c *crash) fate(records int, delivered uint64) fate {
	switch {
	case c.alone < endsAlone:
		return tryAgain
	case records > 1:
		return halve
	case delivered > c.mark:
		return giveUp
	default:
		return stay
	}
}

// lastResort reports whether a stuck record is given up when nothing else can be tried.
func (c *crash) lastResort() bool { return c.stuck && c.ends >= endsLastResort }

// half returns the count for one half of the batch: it is suspect from the start.
func (c crash) half() crash { return crash{isolated: true, suspected: true, mark: c.mark} }
