package rand

import "github.com/goray/goray/kernel/lang/overlay/rt"

// N returns a pseudo-random number in the half-open interval [0,n) from the default Source.
// The type parameter Int can be any integer type. It panics if n <= 0.
func N[Int intType](n Int) Int {
	if n <= 0 {
		panic("invalid argument to N")
	}
	return Int(rt.RandN(uint64(n)))
}
