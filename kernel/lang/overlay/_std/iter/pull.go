package iter

import "github.com/goray/goray/kernel/lang/overlay/rt"

// Pull converts a push-style iterator into a pull-style one: next returns the next value and
// whether there was one, stop ends the iteration. Call stop when done before the end.
func Pull[V any](seq Seq[V]) (next func() (V, bool), stop func()) {
	n, s := rt.Pull(func(yield func(any) bool) {
		seq(func(v V) bool { return yield(v) })
	})
	return func() (V, bool) {
		v, ok := n()
		r, _ := v.(V) // a nil interface value fails the assertion and is V's zero value
		return r, ok
	}, s
}

// Pull2 is [Pull] for a two-valued iterator.
func Pull2[K, V any](seq Seq2[K, V]) (next func() (K, V, bool), stop func()) {
	n, s := rt.Pull2(func(yield func(any, any) bool) {
		seq(func(k K, v V) bool { return yield(k, v) })
	})
	return func() (K, V, bool) {
		k, v, ok := n()
		x, _ := k.(K)
		y, _ := v.(V)
		return x, y, ok
	}, s
}
