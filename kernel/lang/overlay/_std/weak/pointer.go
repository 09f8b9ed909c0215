// Package weak provides weak pointers: references that do not keep an object from being
// reclaimed.
package weak

import (
	"unsafe"

	"github.com/goray/goray/kernel/lang/overlay/rt"
)

// Pointer is a weak pointer to a value of type T. Two pointers are equal if the pointers they
// were made from were, even after the object is gone.
type Pointer[T any] struct {
	_ [0]*T
	w any
}

// Make creates a weak pointer from ptr.
func Make[T any](ptr *T) Pointer[T] {
	return Pointer[T]{w: rt.WeakMake(unsafe.Pointer(ptr))}
}

// Value returns the original pointer, or nil once the value has been reclaimed.
func (p Pointer[T]) Value() *T {
	return (*T)(rt.WeakValue(p.w))
}
