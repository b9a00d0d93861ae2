package delivery

// fate is what the rules about poison make of a batch that failed.
type fate uint8

const (
	// tryAgain: nothing speaks against the batch yet.
	tryAgain fate = iota
	// halve it, to find the record that is to blame.
	halve
	// giveUp: the single record is to blame.
	giveUp
	// stay: the single record is suspect, but nothing shows that the destination takes any other.
	stay
)

// pieceAttempts is how often a single record out of a poisoned batch is tried before it is dead-lettered.
const pieceAttempts = 3

// poison counts the failures of one batch, for batches that fail again and again while others are accepted. Throttling
// and failures that only the user can mend are not counted.
type poison struct {
	failures int
	// piece: the batch is a part of one that was halved for its failures. Then mark is how many records the lane had
	// delivered when that was first done.
	piece bool
	mark  uint64
}

// failed counts a failure of a batch of so many records. limit is poison_after. later says that a batch with higher
// positions was accepted, delivered is how many records the lane has delivered.
//
// A whole batch is condemned by limit failures and a later acceptance. Its pieces are innocent until something was
// accepted since, which shows that the destination is not merely down: then a piece is halved at its next failure, and
// a single record is given up after three. Until then a piece is only halved, again after limit failures.
func (p *poison) failed(limit, records int, later bool, delivered uint64) fate {
	p.failures++
	if limit <= 0 {
		return tryAgain
	}
	need, certain := limit, later
	if p.piece {
		certain = delivered > p.mark
		switch {
		case !certain && records == 1:
			return tryAgain
		case certain && records == 1:
			need = min(limit, pieceAttempts)
		case certain:
			need = 1
		}
	}
	switch {
	case p.failures < need, !certain && !p.piece:
		return tryAgain
	case records > 1:
		return halve
	default:
		return giveUp
	}
}

// half returns the count for one half of the batch.
func (p poison) half(delivered uint64) poison {
	if p.piece {
		return poison{piece: true, mark: p.mark}
	}
	return poison{piece: true, mark: delivered}
}
