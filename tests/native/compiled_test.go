package native

import (
	"math/rand/v2"
	"strconv"
)

// The functions of BenchmarkCalls as a part of this program.

func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

func pi(n int) int {
	r := rand.New(rand.NewPCG(1, 2))
	in := 0
	for range n {
		x, y := r.Float64(), r.Float64()
		if x*x+y*y < 1 {
			in++
		}
	}
	return in
}

func words(n int) int {
	m := map[string]int{}
	for i := range n {
		m[strconv.Itoa(i%1000)]++
	}
	return len(m)
}
