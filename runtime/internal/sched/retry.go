package sched

// NoRetry is a delay that says: give up.
const NoRetry = -1

// RetryDelay says after how many milliseconds a task runs again that failed in the given attempt
// (0 is the first), or NoRetry. limit is the number of retries, negative for no limit.
func RetryDelay(attempt, limit int) int {
	const (
		first = 20
		most  = 5000
	)
	switch {
	case limit >= 0 && attempt >= limit:
		return NoRetry
	case attempt == 0:
		return 0 // most crashes are an accident of the machine: go on at once
	}
	return min(most, first<<min(attempt, 10))
}
