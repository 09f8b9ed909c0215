package sample

// dice is a generator of pseudo-random numbers (SplitMix64) whose sequence will never change with
// a release of Go.
type dice struct{ state uint64 }

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number from 0 to n-1.
func (d *dice) below(n int64) int64 { return int64(d.next() >> 1 % uint64(n)) }

// between returns a number from lo to hi, both included.
func (d *dice) between(lo, hi int64) int64 { return lo + d.below(hi-lo+1) }

// chance is true in perMille of 1,000 cases.
func (d *dice) chance(perMille int64) bool { return d.below(1000) < perMille }

// pick returns an index with the probability of its weight.
func (d *dice) pick(weights []int64) int {
	var sum int64
	for _, w := range weights {
		sum += w
	}
	at := d.below(sum)
	for i, w := range weights {
		if at -= w; at < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// quantile returns a number from a distribution given by its quantiles at equal distances.
func (d *dice) quantile(q []int64) int64 {
	i := d.below(int64(len(q) - 1))
	return q[i] + d.below(max(q[i+1]-q[i], 1))
}
