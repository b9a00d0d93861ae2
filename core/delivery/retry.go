package delivery

import "time"

const (
	// maxRetryAfter caps what a plugin may ask for.
	maxRetryAfter = 5 * time.Minute
	// slowRetry is the mean delay after a failure that only the user can mend.
	slowRetry = time.Minute
)

// delay returns how long a batch waits after its nth failure: exponential with full jitter. r is random in [0, 1).
func (o RetryOptions) delay(n int, r float64) time.Duration {
	most := o.InitialDelay
	for ; n > 1 && most < o.MaxDelay; n-- {
		most *= 2
	}
	return time.Duration(r * float64(min(most, o.MaxDelay)))
}

// slowDelay returns how long the lane waits after a failure that only the user can mend: a minute, give or take a
// quarter.
func slowDelay(r float64) time.Duration {
	return time.Duration((0.75 + r/2) * float64(slowRetry))
}

// retryAfter returns how long the lane pauses when the plugin asks for d.
func retryAfter(d time.Duration) time.Duration { return min(max(d, 0), maxRetryAfter) }

// gaveUp reports whether a batch that was first sent at first has had its time.
func (o RetryOptions) gaveUp(first, now time.Time) bool {
	return o.MaxElapsed > 0 && now.Sub(first) >= o.MaxElapsed
}
