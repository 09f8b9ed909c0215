package maphash

import "github.com/goray/goray/kernel/lang/overlay/rt"

// Comparable returns the hash of comparable value v with the given seed; equal values of one type
// have equal hashes.
func Comparable[T comparable](seed Seed, v T) uint64 {
	return rt.HashComparable(seed, v)
}

// WriteComparable adds x to the data hashed by h.
func WriteComparable[T comparable](h *Hash, x T) {
	rt.HashWrite(h, x)
}
