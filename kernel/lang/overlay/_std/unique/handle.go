// Package unique provides facilities for canonicalizing comparable values.
package unique

import "github.com/goray/goray/kernel/lang/overlay/rt"

// Handle is a globally unique identity for some value of type T: two handles are equal exactly
// if the two values used to create them would have been equal.
type Handle[T comparable] struct {
	h any
}

// Value returns a shallow copy of the value that produced the handle.
func (h Handle[T]) Value() T {
	return rt.UniqueValue(h.h).(T)
}

// Make returns the handle of a value.
func Make[T comparable](value T) Handle[T] {
	return Handle[T]{rt.Unique(value)}
}
