package forest

// random is NumPy's legacy RandomState: the Mersenne Twister MT19937 (Matsumoto and Nishimura,
// 1998) with the ways in which NumPy draws integers and permutations from it.
type random struct {
	state [624]uint32
	next  int
}

func newRandom(seed uint32) *random {
	r := &random{next: len(random{}.state)}
	for i := range r.state {
		r.state[i] = seed
		seed = 1812433253*(seed^seed>>30) + uint32(i) + 1
	}
	return r
}

func (r *random) uint32() uint32 {
	if r.next == len(r.state) {
		r.twist()
	}
	y := r.state[r.next]
	r.next++
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

func (r *random) twist() {
	n := len(r.state)
	for i := range r.state {
		y := r.state[i]&0x80000000 | r.state[(i+1)%n]&0x7fffffff
		r.state[i] = r.state[(i+397)%n] ^ y>>1 ^ -(y&1)&0x9908b0df
	}
	r.next = 0
}

// upTo draws an integer from 0 to n, both included.
func (r *random) upTo(n uint32) uint32 {
	if n == 0 {
		return 0
	}
	mask := n
	for shift := 1; shift < 32; shift *= 2 {
		mask |= mask >> shift
	}
	for {
		if v := r.uint32() & mask; v <= n {
			return v
		}
	}
}

// permutation shuffles the numbers from 0 to n-1.
func (r *random) permutation(n int) []int {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	for i := n - 1; i > 0; i-- {
		j := int(r.upTo(uint32(i)))
		p[i], p[j] = p[j], p[i]
	}
	return p
}

// xorshift is the small generator that trees draw columns with (Marsaglia, "Xorshift RNGs", 2003).
type xorshift uint32

// below draws a number from low to high-1.
func (x *xorshift) below(low, high int) int {
	if *x == 0 {
		*x = 1
	}
	*x ^= *x << 13
	*x ^= *x >> 17
	*x ^= *x << 5
	return low + int(*x&0x7fffffff)%(high-low)
}
